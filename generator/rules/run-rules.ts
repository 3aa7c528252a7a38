import type { RuleOptions, RuleSetting, RuleSettings } from '../config/config.js';
import type { Problem } from '../support/errors.js';
import { descriptionMissing, exampleMissing } from './documentation.js';
import { exampleInvalid } from './examples.js';
import { typeNaming } from './naming.js';
import { numberInexact } from './numbers.js';
import { openObject, optionalEverything } from './objects.js';
import { patternLimited } from './patterns.js';
import { personalData } from './personal-data.js';
import type { CheckedCatalog, Finding, Rule } from './rule.js';
import { schemaUnsatisfiable } from './satisfiable.js';
import { keywordIdle, keywordUnchecked, keywordUnknown, refSiblings } from './schema-keywords.js';
import { dateWithoutFormat, enumInDescription } from './strings.js';
import { eventUnreceived, eventUnsent, schemaUnused } from './usage.js';

/** Every rule, in the order of `ruleCodes`. */
export const rules: readonly Rule[] = [
  exampleInvalid,
  typeNaming,
  descriptionMissing,
  exampleMissing,
  openObject,
  optionalEverything,
  dateWithoutFormat,
  enumInDescription,
  schemaUnused,
  eventUnsent,
  eventUnreceived,
  personalData,
  keywordUnknown,
  keywordIdle,
  keywordUnchecked,
  refSiblings,
  numberInexact,
  patternLimited,
  schemaUnsatisfiable,
];

/** Checks a catalog with every rule that is not off. @param settings Settings of the config; they override the defaults. */
export function runRules(catalog: CheckedCatalog, settings: RuleSettings = {}): Problem[] {
  return rules.flatMap((rule) => {
    const options = optionsOf(settings[rule.code]);
    const severity = options.severity ?? rule.severity;
    if (severity === 'off') return [];
    const findings = [...rule.check(catalog, options)].filter((finding) => !isExcepted(finding, options.except));
    return findings.map(({ place, message, hint, severity: own }) => ({
      code: rule.code,
      severity: (options.severity === undefined ? own : undefined) ?? severity,
      ...place,
      message,
      hint,
    }));
  });
}

/** The options of a rule's setting. */
export function optionsOf(setting: RuleSetting | undefined): RuleOptions {
  if (setting === undefined) return {};
  return typeof setting === 'string' ? { severity: setting } : setting;
}

/** Whether `except` of a rule contains a name of what a finding is about. */
export function isExcepted({ about }: Pick<Finding, 'about'>, except: readonly string[] = []): boolean {
  return about.some((name) =>
    except.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern)),
  );
}
