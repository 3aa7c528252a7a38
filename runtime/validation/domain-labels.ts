/**
 * Whether a label that begins with `xn--` is the ASCII form of a label that RFC 5892 allows: it decodes to normalised text
 * of characters that are allowed in a domain name, each in its required context.
 */
export function isALabel(label: string): boolean {
  const text = decodePunycode(label.slice(4).toLowerCase());
  if (text === undefined || [...text].every((each) => each < '\u0080')) return false;
  return isULabel(text);
}

const disallowed = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/;
/** Characters that are allowed by their category, as exceptions of RFC 5892, section 2.6, or in a context. */
const allowed =
  /^[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}\-\u00b7\u00df\u0375\u03c2\u05f3\u05f4\u06fd\u06fe\u0f0b\u3007\u30fb\u200c\u200d]+$/u;

function isULabel(text: string): boolean {
  if (text.startsWith('-') || text.endsWith('-') || text.slice(2, 4) === '--') return false;
  if (text !== text.normalize('NFC') || /^\p{M}/u.test(text)) return false;
  if (!allowed.test(text) || disallowed.test(text)) return false;
  return (
    hasContexts(text) &&
    (!/[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(text) ||
      followsBidiRule(text))
  );
}

/** Whether all characters with contextual rules are in their required context (RFC 5892, appendix A). */
function hasContexts(text: string): boolean {
  const characters = [...text];
  const hasContext = (character: string, index: number): boolean => {
    const before = characters[index - 1] ?? '';
    const after = characters[index + 1] ?? '';
    switch (character) {
      case '\u00b7':
        return before === 'l' && after === 'l';
      case '\u0375':
        return /^\p{Script=Greek}$/u.test(after);
      case '\u05f3':
      case '\u05f4':
        return /^\p{Script=Hebrew}$/u.test(before);
      case '\u30fb':
        return /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(text.replaceAll('\u30fb', ''));
      case '\u200d':
        return viramas.has(before);
      case '\u200c':
        return viramas.has(before) || joins(characters, index);
      default:
        return true;
    }
  };
  if (/[\u0660-\u0669]/.test(text) && /[\u06f0-\u06f9]/.test(text)) return false;
  return characters.every(hasContext);
}

/** Signs that suppress the vowel of the preceding letter (canonical combining class 9). */
const viramas = new Set(
  ...[
    '\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a\u1714\u1715' +
      '\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f\ua806\ua82c\ua8c4\ua953\ua9c0\uaaf6\uabed\u{10a3f}\u{11046}' +
      '\u{11070}\u{1107f}\u{110b9}\u{11133}\u{11134}\u{111c0}\u{11235}\u{112ea}\u{1134d}\u{11442}\u{114c2}\u{115bf}' +
      '\u{1163f}\u{116b6}\u{1172b}\u{11839}\u{1193d}\u{1193e}\u{119e0}\u{11a34}\u{11a47}\u{11a99}\u{11c3f}\u{11d44}' +
      '\u{11d45}\u{11d97}',
  ],
);

/** Whether there are letters of joining scripts on both sides; non-spacing marks between them are ignored. */
function joins(characters: readonly string[], index: number): boolean {
  const isSign = (character: string) => /^\p{Mn}$/u.test(character);
  const isJoining = (character: string | undefined) =>
    character !== undefined &&
    /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}]$/u.test(character);
  const before = characters.slice(0, index).findLast((character) => !isSign(character));
  const after = characters.slice(index + 1).find((character) => !isSign(character));
  return isJoining(before) && !rightJoining.test(before ?? '') && isJoining(after);
}

/** Arabic letters that join only to the preceding letter. */
const rightJoining =
  /^[\u0622-\u0625\u0627\u0629\u062f-\u0632\u0648\u0671-\u0673\u0675-\u0677\u0688-\u0699\u06c0\u06c3-\u06cb\u06cd\u06cf\u06d2\u06d3\u06d5\u06ee\u06ef]$/;

/** The rule for labels that are read from right to left (RFC 5893, section 2), for the letters that such labels have. */
function followsBidiRule(text: string): boolean {
  const rightToLeft = '\\p{Script=Hebrew}\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Thaana}\\p{Script=Nko}';
  if (!new RegExp(`^[${rightToLeft}]`, 'u').test(text)) return false;
  const isOther = new RegExp(
    `^(?:[${rightToLeft}0-9\\p{Mn}\\-\\u0660-\\u0669\\u06f0-\\u06f9\\u200c\\u200d\\u00b7\\u30fb])+$`,
    'u',
  );
  const hasBothDigits = /[0-9\u06f0-\u06f9]/.test(text) && /[\u0660-\u0669]/.test(text);
  return isOther.test(text) && !hasBothDigits;
}

/** Decodes Punycode (RFC 3492); undefined if it is invalid. */
function decodePunycode(encoded: string): string | undefined {
  const delimiter = encoded.lastIndexOf('-');
  const output = delimiter > 0 ? [...encoded.slice(0, delimiter)].map((each) => each.charCodeAt(0)) : [];
  let code = 128;
  let bias = 72;
  let position = 0;
  for (let index = delimiter > 0 ? delimiter + 1 : 0; index < encoded.length; ) {
    const before = position;
    for (let weight = 1, k = 36; ; k += 36) {
      const digit = digitOf(encoded.charCodeAt(index));
      index += 1;
      if (digit === undefined) return undefined;
      position += digit * weight;
      const threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      if (digit < threshold) break;
      weight *= 36 - threshold;
      if (position > 0x7fffffff || index >= encoded.length) return undefined;
    }
    const length = output.length + 1;
    bias = adapted(position - before, length, before === 0);
    code += Math.floor(position / length);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    position %= length;
    output.splice(position, 0, code);
    position += 1;
  }
  return String.fromCodePoint(...output);
}

function digitOf(character: number): number | undefined {
  if (character >= 97 && character <= 122) return character - 97;
  if (character >= 48 && character <= 57) return character - 22;
  return undefined;
}

function adapted(delta: number, length: number, isFirst: boolean): number {
  let left = isFirst ? Math.floor(delta / 700) : delta >> 1;
  left += Math.floor(left / length);
  let k = 0;
  for (; left > 455; k += 36) left = Math.floor(left / 35);
  return k + Math.floor((36 * left) / (left + 38));
}
