// Writes each avatar part twice, painted black and painted white, as SVG: node parts.mjs FOLDER
// Every shape and overlay is alpha-blended, so a part in any colour is black + colour * (white - black).
import fs from 'node:fs';
import * as toon from './node_modules/@dicebear/toon-head/lib/components/index.js';

const folder = process.argv[2];
const ink = 'stroke="black" stroke-width="7" stroke-opacity="0.75"';

/** A part of the ToonHead style by Johan Melin (CC BY 4.0), with a bolder outline, scaled about (cx, cy) and moved. */
const part = (kind, name, paint, { scale = [1, 1], about = [384, 405], move = [0, 0] } = {}) => {
  const drawn = toon[kind][name]({}, { skin: paint, hair: paint, clothes: paint }).replaceAll('stroke="black"', ink);
  return `<g transform="translate(${about[0] + move[0]} ${about[1] + move[1]}) scale(${scale.join(' ')}) translate(${-about[0]} ${-about[1]})">${drawn}</g>`;
};
const mirrored = (shape) => `${shape}<g transform="translate(768 0) scale(-1 1)">${shape}</g>`;
const raised = { move: [0, -70] }; // a shorter neck: more of the clothes is seen

/** Circles that overlap, with one outline around all of them. */
const cloud = (circles, paint) => {
  const draw = (style) => circles.map(([x, y, r]) => `<circle cx="${x}" cy="${y}" r="${r}" ${style}/>`).join('');
  return draw(ink.replace('"7"', '"14"')) + draw(`fill="${paint}"`);
};
const arc = (from, to, steps, cx, cy, rx, ry, r) =>
  Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return [cx + rx * Math.cos(angle), cy - ry * Math.sin(angle), r];
  });

const lens = 'cx="296" cy="410" r="66"';
const frame = (glass) =>
  mirrored(`<circle ${lens} ${glass} stroke="#111111" stroke-width="17"/><path d="M232 396 L196 384" stroke="#111111" stroke-width="17"/>`) +
  '<path d="M358 402 Q384 384 410 402" fill="none" stroke="#111111" stroke-width="17"/>';
const bigEyes = { scale: [1.15, 1.25] };
const skull =
  'M226 402 C190 286 217 140 384 140 S579 286 543 402 L528 330 C500 250 460 236 384 236 S268 250 240 330 Z';

const parts = {
  'head': (p) => part('body', 'body', p, raised) + part('head', 'head', p),
  'mouth': (p) => part('mouth', 'smile', p, { scale: [1, 1.3], about: [384, 510] }),
  'brows': (p) => part('eyebrows', 'neutral', p, { scale: [1.1, 1.4], about: [384, 340], move: [0, 4] }),

  'hair-parted': (p) => part('hair', 'sideComed', p),
  'hair-spiky': (p) => part('hair', 'spiky', p, { scale: [1, 0.97], about: [384, 400] }),
  'hair-bun': (p) => part('hair', 'bun', p, { scale: [1, 0.86], about: [384, 400], move: [0, 4] }),
  'hair-curly': (p) => cloud([...arc(188, -8, 9, 384, 312, 196, 176, 62), ...arc(165, 15, 5, 384, 270, 130, 100, 62)], p),
  'hair-mohawk': (p) =>
    `<path d="${skull}" fill="${p}" fill-opacity="0.4"/>` +
    `<path d="M318 276 L300 190 L322 204 L312 118 L342 140 L352 58 L384 104 L416 58 L426 140 L456 118 L446 204 L468 190 L450 276 Q384 236 318 276 Z" fill="${p}" ${ink}/>`,

  'length-shoulder': (p) => part('rearHair', 'shoulderHigh', p, { scale: [1.12, 0.93], about: [384, 330] }),
  'length-long': (p) => part('rearHair', 'longStraight', p, { scale: [1.12, 1], about: [384, 400] }),
  'length-long-front': (p) =>
    mirrored(`<path d="M204 440 C166 520 168 620 96 790 L188 790 C218 700 236 640 236 560 C236 520 244 492 236 470 Z" fill="${p}" ${ink}/>`),

  'beard-moustache': (p) =>
    `<path d="M384 478 C352 446 316 462 300 492 C286 518 262 512 254 500 C254 544 312 552 344 534 C366 522 378 512 384 508 C390 512 402 522 424 534 C456 552 514 544 514 500 C506 512 482 518 468 492 C452 462 416 446 384 478 Z" fill="${p}" ${ink}/>`,
  'beard-full': (p) => part('beard', 'fullBeard', p),
  'beard-long': (p) => part('beard', 'longBeard', p, { scale: [0.97, 0.94], about: [384, 403] }),

  'clothes-t-shirt': (p) => part('clothes', 'tShirt', p, raised),
  'clothes-dungarees': (p) =>
    part('clothes', 'tShirt', '#f4f4f4', raised) +
    mirrored(`<path d="M272 580 L312 570 L318 690 L278 690 Z" fill="${p}" ${ink}/>`) +
    `<path d="M272 660 L496 660 L508 800 L260 800 Z" fill="${p}" ${ink}/>`,
  'clothes-jacket': (p) =>
    `<path d="M316 560 L452 560 L470 800 L298 800 Z" fill="#f4f4f4"/>` +
    mirrored(`<path d="M330 566 L352 800 L100 800 C112 700 130 640 176 612 C220 590 290 576 330 566 Z" fill="${p}" ${ink}/><path d="M330 566 L276 600 L318 650 L296 664 L352 800 Z" fill="black" fill-opacity="0.28" ${ink}/>`),
  'clothes-striped-shirt': (p) =>
    part('clothes', 'tShirt', p, raised) +
    '<g fill="#ffffff" fill-opacity="0.92"><path d="M196 622 Q384 682 572 622 L588 644 Q384 712 180 644 Z"/><path d="M166 668 Q384 738 602 668 L612 694 Q384 768 156 694 Z"/></g>',
  'clothes-tank-top': (p) => 
    `<path d="M262 584 C270 640 300 690 384 690 C468 690 498 640 506 584 L548 598 C552 660 566 700 590 800 L178 800 C202 700 216 660 220 598 Z" fill="${p}" ${ink}/>`,

  'eyes-open': (p) => part('eyes', 'happy', p, bigEyes),
  'eyes-closed': (p) =>
    mirrored('<path d="M248 412 Q296 458 346 410" fill="none" stroke="#4B2422" stroke-width="17" stroke-linecap="round"/>'),
  'eyes-glasses': (p) => frame('fill="#ffffff" fill-opacity="0.55"') + part('eyes', 'happy', p),
  'eyes-sunglasses': (p) => frame('fill="#1c1c24"'),
};

fs.mkdirSync(folder, { recursive: true });
for (const [name, draw] of Object.entries(parts)) {
  for (const paint of ['black', 'white']) {
    fs.writeFileSync(
      `${folder}/${name}.${paint}.svg`,
      `<svg xmlns="http://www.w3.org/2000/svg" width="680" height="680" viewBox="44 54 680 680">${draw(paint)}</svg>`,
    );
  }
}
fs.writeFileSync(`${folder}/names.txt`, Object.keys(parts).join('\n') + '\n');
