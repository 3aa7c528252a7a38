import { alphabetOf, type PatternNode } from '../patterns/parse-pattern.js';
import type { Random } from './random.js';

/** Bounds for the length of the texts that a part of a pattern matches. */
interface Lengths {
  readonly least: number;
  readonly most: number;
}

/** Draws texts that match a pattern, with a requested length. */
export class PatternText {
  readonly #node: PatternNode;
  readonly #alphabet: readonly string[];
  readonly #characters = new Map<string, readonly string[]>();
  readonly #lengths = new Map<PatternNode, Lengths>();

  constructor(node: PatternNode, pattern: string) {
    this.#node = node;
    this.#alphabet = alphabetOf(pattern);
  }

  /**
   * A text for the pattern. Lookaheads, lookbehinds and back references may not match, so test the text with the pattern.
   * @param least,most Bounds of its length, as far as the pattern allows.
   * @param isWide Whether to use characters other than letters and digits if the pattern allows them.
   */
  draw(least: number, most: number, random: Random, isWide: boolean): string {
    const from = Math.max(least, this.#lengthsOf(this.#node).least);
    const to = Math.min(most, this.#lengthsOf(this.#node).most, from + 8);
    return this.#text(this.#node, random.integer(from, Math.max(from, to)), random, isWide);
  }

  #text(node: PatternNode, length: number, random: Random, isWide: boolean): string {
    switch (node.kind) {
      case 'character':
        return this.#character(node, random, isWide);
      case 'sequence':
        return this.#parts(node.parts, length, random, isWide);
      case 'choice': {
        const fitting = node.options.filter(
          (option) => this.#lengthsOf(option).least <= length && this.#lengthsOf(option).most >= length,
        );
        return this.#text(random.pick(fitting.length > 0 ? fitting : node.options), length, random, isWide);
      }
      case 'repeat': {
        const [shortest, longest] = [this.#lengthsOf(node.body).least, this.#lengthsOf(node.body).most];
        const fewest = longest === 0 ? 0 : Math.ceil(length / longest);
        const largest = shortest === 0 ? Math.max(length, node.least) : Math.floor(length / shortest);
        const from = Math.min(Math.max(node.least, fewest), node.most);
        const count = random.integer(from, Math.max(from, Math.min(node.most, largest)));
        return this.#parts(new Array<PatternNode>(count).fill(node.body), length, random, isWide);
      }
      default:
        return '';
    }
  }

  /** Texts of the parts, whose total length is as close to the requested length as possible. */
  #parts(parts: readonly PatternNode[], length: number, random: Random, isWide: boolean): string {
    let spare = length - parts.reduce((sum, part) => sum + this.#lengthsOf(part).least, 0);
    const room = parts.map((part) => this.#lengthsOf(part).most - this.#lengthsOf(part).least);
    let later = room.reduce((sum, each) => sum + each, 0);
    const texts = parts.map((part, index) => {
      const own = room[index] ?? 0;
      later = Number.isFinite(later) ? later - own : room.slice(index + 1).reduce((sum, each) => sum + each, 0);
      const from = Math.max(0, Math.min(own, spare - later));
      const extra = random.integer(from, Math.max(from, Math.min(own, spare)));
      spare -= extra;
      return this.#text(part, this.#lengthsOf(part).least + extra, random, isWide);
    });
    return texts.join('');
  }

  #character(node: PatternNode & { readonly kind: 'character' }, random: Random, isWide: boolean): string {
    let matching = this.#characters.get(node.source);
    if (matching === undefined) {
      matching = this.#alphabet.filter(node.matches);
      if (matching.length === 0) matching = anyCharacter(node.matches);
      this.#characters.set(node.source, matching);
    }
    if (matching.length === 0) return '';
    const plain = matching.filter((character) => /^[a-z0-9]$/i.test(character));
    return random.pick(isWide || plain.length === 0 ? matching : plain);
  }

  #lengthsOf(node: PatternNode): Lengths {
    const lengths = this.#lengths.get(node) ?? this.#measure(node);
    this.#lengths.set(node, lengths);
    return lengths;
  }

  #measure(node: PatternNode): Lengths {
    switch (node.kind) {
      case 'character':
        return { least: 1, most: 1 };
      case 'sequence': {
        const all = node.parts.map((part) => this.#lengthsOf(part));
        return { least: sum(all.map(({ least }) => least)), most: sum(all.map(({ most }) => most)) };
      }
      case 'choice': {
        const all = node.options.map((part) => this.#lengthsOf(part));
        return { least: Math.min(...all.map(({ least }) => least)), most: Math.max(...all.map(({ most }) => most)) };
      }
      case 'repeat': {
        const { least, most } = this.#lengthsOf(node.body);
        return { least: least * node.least, most: most === 0 || node.most === 0 ? 0 : most * node.most };
      }
      default:
        return { least: 0, most: 0 };
    }
  }
}

/** An unusual character. */
function anyCharacter(matches: (character: string) => boolean): string[] {
  for (let code = 128; code < 0x30000; code += 1) {
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    if (!isSurrogate && matches(String.fromCodePoint(code))) return [String.fromCodePoint(code)];
  }
  return [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
