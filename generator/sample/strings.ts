import type { Random } from './random.js';

const words = (
  'amber basil cedar delta ember fjord grove harbor indigo juniper kettle lantern meadow nectar olive pebble quartz ' +
  'raven saffron timber umber velvet willow yarrow zephyr'
).split(' ');

/** Times lie in one year, so that no example is of the future for long. */
const firstDay = Date.UTC(2026, 0, 1);
const secondsOfYear = 365 * 86_400;

const formats: Readonly<Record<string, (random: Random) => string>> = {
  'date-time': (random) => moment(random).toISOString(),
  'iso-date-time': (random) => moment(random).toISOString(),
  date: (random) => moment(random).toISOString().slice(0, 10),
  time: (random) => moment(random).toISOString().slice(11),
  'iso-time': (random) => moment(random).toISOString().slice(11),
  duration: (random) => `PT${random.integer(1, 90)}M`,
  email: (random) => `${random.pick(words)}@example.com`,
  'idn-email': (random) => `${random.pick(words)}@example.com`,
  hostname: (random) => `${random.pick(words)}.example.com`,
  'idn-hostname': (random) => `${random.pick(words)}.example.com`,
  ipv4: (random) => `192.0.2.${random.integer(1, 254)}`,
  ipv6: (random) => `2001:db8::${random.integer(1, 65_535).toString(16)}`,
  uri: (random) => `https://example.com/${random.pick(words)}/${random.integer(1, 999)}`,
  url: (random) => `https://example.com/${random.pick(words)}/${random.integer(1, 999)}`,
  iri: (random) => `https://example.com/${random.pick(words)}`,
  'uri-reference': (random) => `/${random.pick(words)}/${random.integer(1, 999)}`,
  'iri-reference': (random) => `/${random.pick(words)}`,
  'uri-template': (random) => `/${random.pick(words)}/{id}`,
  uuid: (random) => `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`,
  'json-pointer': (random) => `/${random.pick(words)}`,
  'relative-json-pointer': (random) => `1/${random.pick(words)}`,
  'json-pointer-uri-fragment': (random) => `#/${random.pick(words)}`,
  regex: (random) => `^${random.pick(words)}$`,
  byte: (random) => Buffer.from(random.pick(words)).toString('base64'),
};

/** A text of a format; undefined for a format that nobody here knows. */
export function textOfFormat(format: string, random: Random): string | undefined {
  return Object.hasOwn(formats, format) ? formats[format]?.(random) : undefined;
}

/** A text that reads as the value of such a property would, of a length within bounds. */
export function textFor(name: string | undefined, least: number, most: number, random: Random): string {
  const wanted = plausible(name, random);
  let text = wanted;
  while ([...text].length < least) text += ` ${random.pick(words)}`;
  return [...text].slice(0, most).join('').padEnd(Math.min(least, most), 'x');
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
  if (/slug|key|code|type$/i.test(name ?? '')) return `${random.pick(words)}-${random.pick(words)}`;
  return `${random.pick(words)} ${random.pick(words)}`;
}

function moment(random: Random): Date {
  return new Date(firstDay + random.integer(0, secondsOfYear) * 1000);
}

function hex(random: Random, length: number): string {
  return Array.from({ length }, () => random.integer(0, 15).toString(16)).join('');
}
