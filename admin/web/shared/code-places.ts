import type { CodePlace, UsagesFile } from '@hyvve-events/catalog-model';

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
 * Services that the catalog declares and whose code does not use the event, as `hyvve-events usages` reports them. Only those of which
 * it is certain: not a service without known code or with undecided places, not while an event is used by code of no service, and none if
 * some of the code could not be read.
 * @param kind What is declared: that they publish, or that they handle it.
 */
export function declaredOnly(
  declared: readonly string[],
  kind: 'publish' | 'handle',
  { services, undecided, usages, partial }: UsagesFile,
  type: string,
): readonly string[] {
  const possible = [
    ...usages.filter((usage) => usage.type === type && (usage.kind === kind || usage.kind === 'mention')),
    ...undecided.filter((place) => place.kind === kind),
  ];
  if (partial || possible.some((place) => place.services.length === 0)) return [];
  const known = new Set(services.map(({ name }) => name));
  const using = new Set(possible.flatMap((place) => place.services));
  return declared.filter((name) => known.has(name) && !using.has(name));
}
