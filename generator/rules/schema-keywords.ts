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

/** A misspelt keyword is not checked, and nothing else shows it. */
export const keywordUnknown = ruleOf('KEYWORD_UNKNOWN', (catalog) => found(catalog, 'KEYWORD_UNKNOWN'));

/** A keyword that cannot do anything where it is was meant for another place or another type. */
export const keywordIdle = ruleOf('KEYWORD_IDLE', (catalog) => found(catalog, 'KEYWORD_IDLE'));

/** What looks as if it were checked, and is not: once each, where it is first. */
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

/** Two readings of one schema: other tools may accept what is refused here. */
export const refSiblings = ruleOf('REF_SIBLINGS', (catalog) => found(catalog, 'REF_SIBLINGS'));
