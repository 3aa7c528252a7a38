import type { FindingCode } from '../build/schema-finding.js';
import type { CheckedCatalog, Finding, Rule } from './rule.js';

function ruleOf(code: FindingCode, check: (catalog: CheckedCatalog) => Iterable<Finding>): Rule {
  return { code, severity: 'warning', check };
}

function* found({ findings }: CheckedCatalog, code: FindingCode): Iterable<Finding> {
  for (const { code: own, place, message, hint, about } of findings) {
    if (own === code) yield { place: place(), message, hint, about };
  }
}

/** Validators ignore a misspelt keyword, so only this rule reports it. */
export const keywordUnknown = ruleOf('KEYWORD_UNKNOWN', (catalog) => found(catalog, 'KEYWORD_UNKNOWN'));

/** A keyword without effect was probably meant for another place or another type. */
export const keywordIdle = ruleOf('KEYWORD_IDLE', (catalog) => found(catalog, 'KEYWORD_IDLE'));

/** Keywords that are not validated. Each is reported once, at its first place. */
export const keywordUnchecked = ruleOf('KEYWORD_UNCHECKED', function* first({ findings }) {
  const seen = new Map<string, number>();
  const own = findings.filter(({ code }) => code === 'KEYWORD_UNCHECKED');
  for (const { message } of own) seen.set(message, (seen.get(message) ?? 0) + 1);
  for (const { place, message, hint, about } of own) {
    const count = seen.get(message);
    if (count === undefined) continue;
    seen.delete(message);
    yield { place: place(), message: count === 1 ? message : `${message} (${count} places)`, hint, about };
  }
});

/** A schema that tools interpret differently: others may accept data that the generator's validators refuse. */
export const refSiblings = ruleOf('REF_SIBLINGS', (catalog) => found(catalog, 'REF_SIBLINGS'));
