// Writes emoji of three open styles as SVG with caption and licence beside each: node emoji.mjs FOLDER
import fs from 'node:fs';

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

// animals and nature, food and drink, travel and places, activities, objects: what has a shape of its own
const groups = [3, 4, 5, 6, 7];
const dull = /moon|clock|button|square|circle|keycap|globe|flag|card|book|zodiac|face|paw|weary|o’clock/;
const unwanted = new Set(['ass', 'pester', 'yolo', 'billion', 'billionaire', 'millionaire', 'shot']);
const svgOf = (style, code) => {
  const slug = style.chars[code];
  const icon = slug && style.icons.icons[slug];
  if (!icon) return undefined;
  const [w, h] = [icon.width ?? style.icons.width ?? 16, icon.height ?? style.icons.height ?? 16];
  const box = `${icon.left ?? 0} ${icon.top ?? 0} ${w} ${h}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${w}" height="${h}" viewBox="${box}">${icon.body}</svg>`;
};

const concepts = load('emojibase-data/en/data.json')
  .filter((e) => groups.includes(e.group) && !dull.test(e.label))
  .map((e) => ({ ...e, code: e.hexcode.toLowerCase().replaceAll('-fe0f', '') }))
  .filter((e) => Object.values(styles).every((style) => svgOf(style, e.code)));
const wanted = 100;
const chosen = concepts.filter((_, i) => Math.floor((i * wanted) / concepts.length) !== Math.floor(((i - 1) * wanted) / concepts.length));

fs.mkdirSync(folder, { recursive: true });
for (const { code, label, tags } of chosen) {
  for (const [key, style] of Object.entries(styles)) {
    const id = `${label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${key}`;
    const words = [...new Set(tags)].filter((t) => !label.includes(t) && !unwanted.has(t)).slice(0, 4);
    const caption = words.length ? `${label}, ${style.name} emoji: ${words.join(', ')}` : `${label}, ${style.name} emoji`;
    fs.writeFileSync(`${folder}/${id}.svg`, svgOf(style, code));
    fs.writeFileSync(`${folder}/${id}.txt`, caption);
    fs.writeFileSync(`${folder}/${id}.json`, JSON.stringify({ id, licence: style.licence, source: style.source }));
  }
}
console.log(`${chosen.length} of ${concepts.length} concepts in ${Object.keys(styles).length} styles`);
