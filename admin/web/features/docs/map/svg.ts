import type { Box, FlowLayout } from './layout.js';

const margin = 24;

/** The map as a standalone SVG image. */
export function flowSvg({ boxes, lines, width, height }: FlowLayout): string {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const paths = lines.flatMap(({ from, to }) => {
    const a = byId.get(from);
    const b = byId.get(to);
    return a === undefined || b === undefined ? [] : [`<path d="${curve(a, b)}"/>`];
  });
  const size = [-margin, -margin, width + 2 * margin, height + 2 * margin].map(Math.round).join(' ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${size}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect x="${-margin}" y="${-margin}" width="100%" height="100%" fill="#ffffff"/>`,
    `<g fill="none" stroke="#9aa7ab">${paths.join('')}</g>`,
    ...boxes.map(rectangle),
    '</svg>',
  ].join('\n');
}

function curve(from: Box, to: Box): string {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const half = (x1 + x2) / 2;
  return `M${x1},${y1} C${half},${y1} ${half},${y2} ${x2},${y2}`;
}

function rectangle({ kind, label, x, y, width, height }: Box): string {
  const isMiddle = kind === 'event' || kind === 'domain';
  const fill = isMiddle ? '#ffffff' : '#e6f4f5';
  const most = Math.floor(width / 7.4);
  const text = label.length > most ? `${label.slice(0, most - 1)}…` : label;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="5" fill="${fill}" stroke="#5b6a6e"/>`,
    `<text x="${x + 10}" y="${y + height / 2 + 4.5}">${escapeXml(text)}</text>`,
  ].join('');
}

/** Escapes the special characters of XML and replaces control characters, which XML does not allow. */
function escapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };
  return text.replace(/\p{Cc}/gu, ' ').replace(/[<>&"]/g, (character) => names[character] ?? '');
}
