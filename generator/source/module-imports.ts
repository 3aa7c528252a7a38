/** An import or export from another module in TypeScript source text. */
export interface ModuleImport {
  /** The module; `''` if it is not a literal. */
  readonly from: string;
  /** The position of the module's name in the text, without quotes. */
  readonly start: number;
  readonly end: number;
  /** Whether it imports only types: `import type { … } from`. */
  readonly isType: boolean;
}

/** Texts and comments. Of these, only `'…'` and `"…"` can be the name of a module. */
const texts = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^\\`])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

const statements =
  /(?<![\w$.])(?:import\s*|(?:import(\s+type\b(?!\s*(?:,|from\b)))?|export)\b(?:(?!\bimport\b)[^;'"()=])*?\bfrom\s*)(['"])([^'"\n]*)\2/g;

const calls = /(?<![\w$.])(?:import|require)\s*\(\s*(?:(['"])([^'"\n]*)\1)?/g;

/** Source text in which comments, and texts of all kinds, are spaces. Every other character has its place. */
export function withoutTexts(text: string): string {
  return text.replaceAll(texts, (part) => part.replaceAll(/[^\n]/g, ' '));
}

/**
 * Finds the modules that TypeScript source text imports, in their order, without parsing it: text in comments and templates is
 * ignored. A call of `import` or `require` counts too.
 */
export function moduleImports(text: string): ModuleImport[] {
  const code = text.replaceAll(texts, (part) => (/^['"]/.test(part) ? part : part.replaceAll(/[^\n]/g, ' ')));
  const declared = [...code.matchAll(statements)].map(({ index, 0: whole, 1: type, 3: from = '' }): ModuleImport => {
    const end = index + whole.length - 1;
    return { from, start: end - from.length, end, isType: type !== undefined };
  });
  const called = [...code.matchAll(calls)].map(({ index, 0: whole, 2: from = '' }): ModuleImport => {
    const end = index + whole.length;
    return { from, start: end - from.length, end, isType: false };
  });
  return [...declared, ...called].sort((a, b) => a.start - b.start);
}
