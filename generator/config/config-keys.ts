import { compatibilityModes } from '../diff/modes.js';
import { type Problem, ruleCodes, usageRuleCodes } from '../support/errors.js';
import type { RawConfig } from './config-file.js';
import { modelLanguages, packageKeys } from './models-config.js';

/** Validates a value. Returns its defects, each with its key. */
type Check = (value: unknown, key: string) => readonly Defect[];

interface Defect {
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

const must = (isValid: (value: unknown) => boolean, expected: string): Check => {
  return (value, key) => {
    if (isValid(value)) return [];
    return [{ key, message: `${key} is ${JSON.stringify(value)}`, hint: `it must be ${expected}` }];
  };
};
const isText = (value: unknown) => typeof value === 'string' && value !== '';
const text = must(isText, 'a non-empty string');
const texts = must((value) => Array.isArray(value) && value.every(isText), 'a list of non-empty strings');
const flag = must((value) => typeof value === 'boolean', 'true or false');
const count = must((value) => Number.isInteger(value) && Number(value) >= 0, 'a whole number from 0');
const oneOf = (values: readonly string[]) => must((value) => values.includes(String(value)), values.join(', '));
const expression = must((value) => isText(value) && compiles(String(value)), 'a regular expression');

/** An object of known keys; `needed` keys are required. */
const fields = (checks: Readonly<Record<string, Check>>, needed: readonly string[] = []): Check => {
  return (value, key) => {
    const at = key === '' ? 'the config' : key;
    if (!isObject(value))
      return [{ key, message: `${at} is ${JSON.stringify(value)}`, hint: `it must be an object with ${list(checks)}` }];
    const missing = needed.filter((name) => value[name] === undefined);
    return [
      ...missing.map((name) => ({ key, message: `${at} has no ${name}`, hint: `it must have ${needed.join(', ')}` })),
      ...Object.entries(value).flatMap(([name, inner]) => {
        if (inner === undefined || name === '$schema') return [];
        const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
        return (
          check?.(inner, name) ?? [
            { key: name, message: `${at} has no key ${name}`, hint: `valid keys: ${list(checks)}` },
          ]
        );
      }),
    ];
  };
};

const textsByName: Check = (value, key) => {
  if (!isObject(value)) return [{ key, message: `${key} is not an object`, hint: 'it must be an object of strings' }];
  return Object.entries(value).flatMap(([name, inner]) => text(inner, name));
};

const severity = oneOf(['off', 'warning', 'error']);
const ruleOptions = fields({ severity, except: texts, pattern: expression, names: texts });
const rule: Check = (value, key) => (isObject(value) ? ruleOptions(value, key) : severity(value, key));
const packageName = must(
  (value) => /^(@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*$/.test(String(value)),
  'a name that npm accepts: lower case, such as @acme/events',
);
const semanticVersion = must(
  (value) => /^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(String(value)),
  'a semantic version, such as 1.0.0',
);
const repository = fields({ url: text, directory: text }, ['url']);
const link = must(
  (value) => ['{file}', '{line}'].every((part) => String(value).includes(part)) && URL.canParse(String(value)),
  'an address with {file} and {line}, such as https://github.com/acme/shop/blob/main/{file}#L{line}',
);
const presence = oneOf(['required', 'optional']);

const config = fields({
  catalog: text,
  out: text,
  package: fields(
    {
      name: packageName,
      version: semanticVersion,
      license: text,
      description: text,
      repository: (value, key) => (isObject(value) ? repository(value, key) : text(value, key)),
      private: flag,
      publishConfig: fields({ registry: text, access: oneOf(['public', 'restricted']), tag: text }),
      sourceCondition: text,
    },
    ['name', 'version'],
  ),
  prefix: text,
  names: fields({ typePrefix: text, events: textsByName, schemas: textsByName }),
  envelope: fields({ tenantId: presence, userId: presence }),
  rules: fields(Object.fromEntries([...ruleCodes, ...usageRuleCodes].map((code) => [code, rule]))),
  maxWarnings: count,
  allowRemote: flag,
  root: text,
  history: text,
  compatibility: oneOf(compatibilityModes),
  breaking: severity,
  models: fields(
    Object.fromEntries(
      modelLanguages.map((language) => [language, fields({ out: text, [packageKeys[language]]: text })]),
    ),
  ),
  usages: fields({ tsconfigs: texts, out: text, link }),
});

/** Every invalid value of a config, with its place. */
export function checkConfig(raw: RawConfig): Problem[] {
  return config(raw.value, '').map(({ key, message, hint }) => raw.problem(key || undefined, message, hint));
}

function list(checks: object): string {
  return Object.keys(checks).join(', ');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function compiles(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}
