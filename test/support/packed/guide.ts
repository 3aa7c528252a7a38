/**
 * A step of a guide, in the order of the page. HTML comments, which readers do not see, say what a code block is for:
 * `start: <name>`, `fails`, `output` or `output: <name>`, `file: <path>`, `shows: <path>`. The comments `stop: <name>`,
 * `replace in <path>: <from>, <to>`, `browser: <action>` and `check: <what>` are separate steps; so is `replace in <path>` before a diff.
 */
export type Step =
  | { readonly kind: 'run'; readonly line: number; readonly commands: string; readonly fails: boolean }
  | { readonly kind: 'start'; readonly line: number; readonly name: string; readonly command: string }
  | { readonly kind: 'stop'; readonly line: number; readonly name: string }
  /** @param name Undefined: the output of the last command. */
  | {
      readonly kind: 'output';
      readonly line: number;
      readonly name: string | undefined;
      readonly lines: readonly string[];
    }
  | { readonly kind: 'file'; readonly line: number; readonly path: string; readonly text: string }
  | { readonly kind: 'shows'; readonly line: number; readonly path: string; readonly text: string }
  | {
      readonly kind: 'replace';
      readonly line: number;
      readonly path: string;
      readonly from: string;
      readonly to: string;
    }
  | { readonly kind: 'browser'; readonly line: number; readonly action: string }
  | { readonly kind: 'check'; readonly line: number; readonly what: string };

/** Reads the steps of a page. @throws Error for a code block without a meaning, and for an unknown comment */
export function stepsOf(page: string): readonly Step[] {
  const steps: Step[] = [];
  let note: string | undefined;
  const parts = page.matchAll(/^<!-- (?<comment>.+) -->$|^```(?<language>\w+)\n(?<code>[\s\S]*?)^```$/gm);
  for (const { groups = {}, index } of parts) {
    const line = page.slice(0, index).split('\n').length;
    const { comment, language = '', code = '' } = groups;
    if (comment !== undefined) {
      const step = stepOfComment(comment, line);
      if (step === undefined) note = comment;
      else steps.push(step);
      continue;
    }
    steps.push(stepOfCode(language, code, note, line));
    note = undefined;
  }
  return steps;
}

function stepOfComment(comment: string, line: number): Step | undefined {
  const [, word = '', rest = ''] = /^(\w+)(?: in| |:|$)(.*)$/.exec(comment) ?? [];
  const value = rest.replace(/^:/, '').trim();
  if (word === 'stop') return { kind: 'stop', line, name: value };
  if (word === 'browser') return { kind: 'browser', line, action: value };
  if (word === 'check') return { kind: 'check', line, what: value };
  const replacement = /^replace in (\S+): (\S+), (\S+)$/.exec(comment);
  if (replacement === null) return undefined;
  const [, path = '', from = '', to = ''] = replacement;
  return { kind: 'replace', line, path, from, to };
}

function stepOfCode(language: string, code: string, note: string | undefined, line: number): Step {
  const [, word = '', value = ''] = /^(fails|start|output|file|shows|replace in)(?::? (.*))?$/.exec(note ?? '') ?? [];
  if (language === 'sh' && word === 'start') return { kind: 'start', line, name: value, command: code.trim() };
  if (language === 'sh') return { kind: 'run', line, commands: code, fails: word === 'fails' };
  if (word === 'output') {
    return { kind: 'output', line, name: value === '' ? undefined : value, lines: code.trim().split('\n') };
  }
  if (word === 'file' || word === 'shows') return { kind: word, line, path: value, text: code };
  if (language === 'diff' && word === 'replace in') {
    const side = (sign: string) =>
      code
        .split('\n')
        .filter((text) => text.startsWith(sign))
        .map((text) => text.slice(1))
        .join('\n');
    return { kind: 'replace', line, path: value, from: side('-'), to: side('+') };
  }
  throw new Error(`line ${line}: what is the code block of ${language} for? (comment before it: ${note ?? 'none'})`);
}

/** Whether each line is in the output, in this order; `…` stands for any text within a line. */
export function hasLines(output: string, lines: readonly string[]): boolean {
  const patterns = lines.map((text) => text.trim().split('…').map(escaped).join('.*'));
  return new RegExp(patterns.join('[\\s\\S]*?')).test(output);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
