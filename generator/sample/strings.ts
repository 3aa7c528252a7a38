import type { Random } from './random.js';

const dictionary = (
  'amber basil cedar delta ember fjord grove harbor indigo juniper kettle lantern meadow nectar olive pebble quartz ' +
  'raven saffron timber umber velvet willow yarrow zephyr'
).split(' ');

const letters = [...'abcdefghijklmnopqrstuvwxyz'];

/** Times are within one year, so that no example is in the future for long. */
const firstDay = Date.UTC(2026, 0, 1);
const secondsOfYear = 365 * 86_400;

const formats: Readonly<Record<string, (random: Random) => string>> = {
  'date-time': (random) => moment(random).toISOString(),
  'iso-date-time': (random) => moment(random).toISOString(),
  date: (random) => moment(random).toISOString().slice(0, 10),
  time: (random) => moment(random).toISOString().slice(11),
  'iso-time': (random) => moment(random).toISOString().slice(11),
  duration: (random) => `PT${random.integer(1, 90)}M`,
  email: (random) => `${random.pick(dictionary)}@example.com`,
  'idn-email': (random) => `${random.pick(dictionary)}@example.com`,
  hostname: (random) => `${random.pick(dictionary)}.example.com`,
  'idn-hostname': (random) => `${random.pick(dictionary)}.example.com`,
  ipv4: (random) => `192.0.2.${random.integer(1, 254)}`,
  ipv6: (random) => `2001:db8::${random.integer(1, 65_535).toString(16)}`,
  uri: (random) => `https://example.com/${random.pick(dictionary)}/${random.integer(1, 999)}`,
  url: (random) => `https://example.com/${random.pick(dictionary)}/${random.integer(1, 999)}`,
  iri: (random) => `https://example.com/${random.pick(dictionary)}`,
  'uri-reference': (random) => `/${random.pick(dictionary)}/${random.integer(1, 999)}`,
  'iri-reference': (random) => `/${random.pick(dictionary)}`,
  'uri-template': (random) => `/${random.pick(dictionary)}/{id}`,
  uuid: (random) => `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`,
  cuid2: (random) => `${random.pick(letters)}${base36(random, 23)}`,
  'json-pointer': (random) => `/${random.pick(dictionary)}`,
  'relative-json-pointer': (random) => `1/${random.pick(dictionary)}`,
  'json-pointer-uri-fragment': (random) => `#/${random.pick(dictionary)}`,
  regex: (random) => `^${random.pick(dictionary)}$`,
  byte: (random) => Buffer.from(random.pick(dictionary)).toString('base64'),
};

/** Other notations of a time, other lengths of an id: not every schema accepts the usual one. */
const otherTexts: Readonly<Record<string, (random: Random) => string>> = {
  'date-time': (random) => `${otherMoment(random).toISOString().slice(0, 19)}${random.pick(zones)}`,
  'iso-date-time': (random) => otherMoment(random).toISOString().slice(0, 19),
  date: (random) => otherMoment(random).toISOString().slice(0, 10),
  time: (random) => `${moment(random).toISOString().slice(11, 19)}${random.pick(zones)}`,
  'iso-time': (random) => moment(random).toISOString().slice(11, 19),
  duration: (random) => random.pick(['P1D', 'P1Y2M3D', 'PT1H30M', 'P1W', `PT${random.integer(1, 90)}S`, 'P1DT12H']),
  cuid2: (random) => `${random.pick(letters)}${base36(random, random.pick([1, 9, 31]))}`,
};
const zones = ['Z', '+00:00', '+01:00', '-05:00', '+05:30', '.5Z', '.123456Z'];

/**
 * A text of a format; undefined for an unknown format.
 * @param attempt From 0. Later attempts return less usual texts.
 */
export function textOfFormat(format: string, random: Random, attempt: number): string | undefined {
  const other = attempt > 1 && Object.hasOwn(otherTexts, format) ? otherTexts[format] : undefined;
  const usual = Object.hasOwn(formats, format) ? formats[format] : undefined;
  return (other ?? usual)?.(random);
}

/** Extends a text to a minimum length if its format allows that; otherwise the result is shorter. */
export function padded(format: string, text: string, length: number): string {
  const missing = 'x'.repeat(Math.max(0, length - text.length));
  switch (format) {
    case 'email':
      return text.replace('@', `${missing}@`);
    case 'hostname':
      return `${missing.replaceAll(/x{50}/g, `${'x'.repeat(49)}.`).replace(/^\.|\.$/, 'x')}${text}`;
    case 'byte':
      return Buffer.from('x'.repeat(Math.floor((length * 3) / 4))).toString('base64');
    default:
      return text + missing;
  }
}

/** A plausible text for a property of this name, with a length within bounds. */
export function textFor(name: string | undefined, least: number, most: number, random: Random): string {
  const words = [plausible(name, random)];
  // Counts only the added words, so that the time is linear in the length.
  for (let length = words[0]?.length ?? 0; length < least; ) {
    const word = ` ${random.pick(dictionary)}`;
    words.push(word);
    length += word.length;
  }
  return [...words.join('')].slice(0, most).join('').padEnd(Math.min(least, most), 'x');
}

function plausible(name: string | undefined, random: Random): string {
  const id = /^(.*?)_?[iI][dD]s?$/.exec(name ?? '');
  if (id !== null)
    return `${
      (id[1] ?? '')
        .toLowerCase()
        .replaceAll(/[^a-z]/g, '')
        .slice(0, 3) || 'id'
    }_${hex(random, 8)}`;
  if (/slug|key|code|type$/i.test(name ?? '')) return `${random.pick(dictionary)}-${random.pick(dictionary)}`;
  return `${random.pick(dictionary)} ${random.pick(dictionary)}`;
}

function moment(random: Random): Date {
  return new Date(firstDay + random.integer(0, secondsOfYear) * 1000);
}

/** A time in the last or the next decades. */
function otherMoment(random: Random): Date {
  return new Date(
    Date.UTC(random.integer(1971, 2099), random.integer(0, 11), random.integer(1, 28), 12) +
      random.integer(0, 86_399) * 1000,
  );
}

function base36(random: Random, length: number): string {
  return Array.from({ length }, () => random.integer(0, 35).toString(36)).join('');
}

function hex(random: Random, length: number): string {
  return Array.from({ length }, () => random.integer(0, 15).toString(16)).join('');
}
