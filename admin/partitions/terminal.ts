import { createInterface } from 'node:readline';

/** Where a command prints. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Where a command prints and asks. */
export interface AskingTerminal extends Terminal {
  /** Prints an error, which is not part of the output. */
  writeError(text: string): unknown;
  /** Asks a question. The answer is empty after Ctrl-C and Ctrl-D. Undefined if the input or the output is no terminal. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}

/** The terminal of this process. */
export function ownTerminal(): AskingTerminal {
  const { stdin, stdout, stderr } = process;
  const ask = (question: string) => {
    const lines = createInterface({ input: stdin, output: stdout });
    return new Promise<string>((resolve) => {
      const onClose = () => {
        stdout.write('\n');
        resolve('');
      };
      lines.once('close', onClose);
      lines.question(question, (answer) => {
        lines.off('close', onClose).close();
        resolve(answer);
      });
    });
  };
  return {
    isTTY: stdout.isTTY === true,
    write: (text) => stdout.write(text),
    writeError: (text) => stderr.write(text),
    ask: stdin.isTTY === true && stdout.isTTY === true ? ask : undefined,
  };
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** Adds a colour, on terminals only; NO_COLOR turns it off. */
export type Paint = (colour: keyof typeof codes, text: string) => string;

export function paintOf({ isTTY }: Terminal): Paint {
  if (isTTY !== true || process.env.NO_COLOR !== undefined) return (_colour, text) => text;
  return (colour, text) => `\u001b[${codes[colour]}m${text}\u001b[0m`;
}

/** Formats rows as columns: the first one to the left, numbers to the right. */
export function columns(rows: readonly (readonly (string | number)[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)));
  const isNumber = (rows[0] ?? []).map((_, column) => rows.slice(1).every((row) => typeof row[column] === 'number'));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumber[column] === true ? String(cell).padStart(width) : String(cell).padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
