import type { SchemaObject } from '../model/json-schema.js';
import { personalDataMark } from '../model/keywords.js';
import type { Rule } from './rule.js';
import { isOfType } from './walk-schema.js';

/** Lower-case words at the end of the names of properties. */
const personal = [
  ...[
    'email',
    'e mail',
    'email address',
    'mail address',
    'phone',
    'phone number',
    'mobile',
    'mobile number',
    'telephone',
    'fax',
  ],
  ...[
    'password',
    'passwd',
    'pwd',
    'password hash',
    'pin',
    'secret',
    'pass phrase',
    'passphrase',
    'api key',
    'access token',
    'refresh token',
  ],
  ...['ssn', 'social security number', 'social security', 'national id', 'tax id', 'passport', 'passport number'],
  ...['driver license', 'drivers license', 'license plate'],
  ...['first name', 'last name', 'middle name', 'full name', 'given name', 'family name', 'surname', 'maiden name'],
  ...[
    'firstname',
    'lastname',
    'fullname',
    'birthdate',
    'birth date',
    'birthday',
    'date of birth',
    'dob',
    'gender',
    'religion',
  ],
  ...['home address', 'street address', 'postal address', 'billing address', 'shipping address', 'street'],
  ...['ip', 'ip address', 'ipaddress', 'latitude', 'longitude', 'geo location'],
  ...[
    'iban',
    'bic',
    'credit card',
    'credit card number',
    'card number',
    'cvv',
    'cvc',
    'bank account',
    'account holder',
  ],
];

/** Events are stored for 30 days in a stream and 90 days as dead letters, where personal data cannot be erased. */
export const personalData: Rule = {
  code: 'PERSONAL_DATA',
  severity: 'warning',
  *check({ visited, resolve, placeOf }, { names = [] }) {
    const terms = new Set([...personal, ...names.map((name) => wordsOf(name).join(' '))]);
    const known = new Map<string, boolean>();
    const isPersonal = (property: string) => {
      const result = known.get(property) ?? endsWithTerm(property, terms);
      known.set(property, result);
      return result;
    };
    for (const { schema, owner, source, pointer, property } of visited) {
      if (property === undefined || isOfType(schema, 'boolean') || !isPersonal(property)) continue;
      if (isMarked(schema) || isMarked(resolve(schema))) continue;
      yield {
        place: placeOf(source, pointer),
        message: `${owner}.${property} has the name of personal data or of a secret, and events are stored for months`,
        hint: `publish an id, with which receivers request the data, or mark it \`${personalDataMark}: true\``,
        about: [owner, `${owner}.${property}`],
      };
    }
  },
};

function isMarked(schema: SchemaObject): boolean {
  return schema[personalDataMark] !== undefined;
}

/** Whether a name, or its last words, are one of the terms. */
function endsWithTerm(property: string, terms: ReadonlySet<string>): boolean {
  const words = wordsOf(property);
  return words.some((_, index) => {
    const end = words.slice(index).join(' ');
    return terms.has(end) || terms.has(end.replace(/s$/, ''));
  });
}

function wordsOf(name: string): string[] {
  const spaced = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return spaced
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}
