// Writes emoji of three open styles as SVG for the named things of scenes, and those of training in three more styles
// (SVG, PNG) for the encoder of search: node things.mjs FOLDER
// things.txt lists them: file, split, style, family, label. A family is never in two splits.
import fs from 'node:fs';
import crypto from 'node:crypto';
import sharp from 'sharp';

const folder = process.argv[2];
const load = (path) => JSON.parse(fs.readFileSync(new URL(`./node_modules/${path}`, import.meta.url)));
const styles = {
  noto: { set: '@iconify-json/noto', name: 'Noto', licence: 'Apache-2.0', source: 'Noto Emoji, Google' },
  twemoji: { set: '@iconify-json/twemoji', name: 'Twemoji', licence: 'CC-BY-4.0', source: 'Twemoji, Twitter and contributors' },
  fluent: { set: '@iconify-json/fluent-emoji-flat', name: 'Fluent flat', licence: 'MIT', source: 'Fluent Emoji, Microsoft' },
};
for (const style of Object.values(styles)) {
  style.icons = load(`${style.set}/icons.json`);
  style.chars = Object.fromEntries(
    Object.entries(load(`${style.set}/chars.json`)).map(([code, slug]) => [code.toLowerCase().replaceAll('-fe0f', ''), slug]),
  );
}

const svgOf = (style, slug) => {
  const icon = slug && style.icons.icons[slug];
  if (!icon) return undefined;
  const [w, h] = [icon.width ?? style.icons.width ?? 16, icon.height ?? style.icons.height ?? 16];
  const box = `${icon.left ?? 0} ${icon.top ?? 0} ${w} ${h}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${w}" height="${h}" viewBox="${box}">${icon.body}</svg>`;
};
// drawings that go by the slug of a label or of noto, not by code
const older = Object.fromEntries(['noto-v1', 'emojione'].map((set) => [set, { icons: load(`@iconify-json/${set}/icons.json`) }]));
const olderSvg = (style, label, code) => {
  const { aliases = {} } = style.icons;
  for (const slug of [label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, ''), styles.noto.chars[code]]) {
    const alias = aliases[slug];
    const svg = svgOf(style, alias && Object.keys(alias).join() === 'parent' ? alias.parent : slug);
    if (svg) return svg;
  }
  return undefined;
};
const shaded = new URL('./node_modules/@lobehub/fluent-emoji-3d/assets/', import.meta.url);
const shadedFiles = Object.fromEntries(
  fs.readdirSync(shaded).map((file) => [file.replace('.webp', '').replaceAll('-fe0f', ''), new URL(file, shaded)]),
);

const groups = [0, 1, 3, 4, 5, 6, 7]; // no components, symbols and flags
const same = [
  [/o’clock|thirty|clock/, 'clock'],
  [/moon/, 'moon'],
  [/globe showing/, 'globe'],
  [/book|notebook|ledger/, 'book'],
  [/mailbox/, 'mailbox'],
  [/heart/, 'heart'],
  [/cat face|cat with|^cat|cat$/, 'cat'],
];

/// What a label and its variants have in common.
function family(label) {
  const base = label.split(':')[0].toLowerCase();
  for (const [pattern, name] of same) if (pattern.test(base)) return name;
  return base
    .replace(/\b(man|woman|men|women|person|people|boy|girl|facing right|male|female|face|with|old|older)\b/g, ' ')
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim();
}

function split(family) {
  const hash = crypto.createHash('sha256').update(family).digest().readUInt32BE(0) % 100;
  return hash < 10 ? 'test' : hash < 14 ? 'validation' : 'train';
}

fs.mkdirSync(folder, { recursive: true });
const lines = [];
const families = new Map();
for (const { label, hexcode, group } of load('emojibase-data/en/data.json').sort((a, b) => a.order - b.order)) {
  if (!groups.includes(group) || !/^[A-Za-z0-9’ -]+$/.test(label)) continue;
  if (group === 1 && /^(man|woman|men|women|boy|girl)\b/.test(label)) continue; // the neutral one stands for them
  const code = hexcode.toLowerCase().replaceAll('-fe0f', '');
  const name = family(label);
  const add = (file, which, key) =>
    lines.push([file, which, key, name, label.toLowerCase().replaceAll('’', "'")].join('\t'));
  let known = false;
  for (const [key, style] of Object.entries(styles)) {
    const svg = svgOf(style, style.chars[code]);
    if (!svg) continue;
    const file = `${code}-${key}.svg`;
    fs.writeFileSync(`${folder}/${file}`, svg);
    families.set(name, split(name));
    add(file, split(name), key);
    known = true;
  }
  if (!known || split(name) !== 'train') continue;
  for (const [key, style] of Object.entries(older)) {
    const svg = olderSvg(style, label, code);
    if (!svg) continue;
    const file = `${code}-${key}.svg`;
    fs.writeFileSync(`${folder}/${file}`, svg);
    add(file, 'styles', key);
  }
  if (shadedFiles[code]) {
    const file = `${code}-fluent-3d.png`;
    await sharp(shadedFiles[code].pathname).png().toFile(`${folder}/${file}`);
    add(file, 'styles', 'fluent-3d');
  }
}
fs.writeFileSync(`${folder}/things.txt`, lines.join('\n') + '\n');
console.log(`${lines.length} pictures, ${families.size} families`);
