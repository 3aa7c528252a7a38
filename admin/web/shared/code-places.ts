import type { CodePlace, Usage, UsagesFile } from '@hyvve-events/catalog-model';

/**
 * The address of a line of code.
 * @param link With `{file}` and `{line}`. Undefined if the docs have no link.
 * @returns Undefined without a link, and if it is no address of a website.
 */
export function addressOfCode(link: string | undefined, { file, line }: Pick<CodePlace, 'file' | 'line'>) {
  if (link === undefined) return undefined;
  const path = file.split('/').map(encodeURIComponent).join('/');
  const address = link.replaceAll('{file}', () => path).replaceAll('{line}', String(line));
  if (!URL.canParse(address)) return undefined;
  return ['https:', 'http:'].includes(new URL(address).protocol) ? address : undefined;
}

/**
 * Services that the catalog declares and whose code does not use the event. A service of which no code is known is not in the result,
 * nor is one with code whose events are not known.
 * @param found Its usages of the kind that is declared.
 */
export function declaredOnly(
  declared: readonly string[],
  found: readonly Usage[],
  { services, undecided, usages }: UsagesFile,
  type: string,
): readonly string[] {
  const known = new Set(services.map(({ name }) => name));
  const unclear = new Set(undecided.flatMap((place) => place.services));
  const named = usages.filter((usage) => usage.kind === 'mention' && usage.type === type);
  const using = new Set([...found, ...named].flatMap((usage) => usage.services));
  return declared.filter((name) => known.has(name) && !unclear.has(name) && !using.has(name));
}
