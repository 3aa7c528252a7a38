import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { hasLines, type Step, stepsOf } from '../packed/guide.js';
import { runCli } from './generator.js';

/** A page of the docs whose steps are performed. */
export interface Page {
  readonly path: string;
  /** Performs the comments `check: …`. Default: there are none. */
  readonly check?: (what: string, folder: string, at: string) => Promise<void>;
}

export interface Section {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** The sections of a page; the first is its introduction. */
export async function sectionsOf(path: string): Promise<readonly Section[]> {
  const text = await readFile(path, 'utf8');
  return text.split(/^## /m).map((part) => ({ name: part.split('\n', 1)[0] ?? '', steps: stepsOf(part) }));
}

/** Performs the steps of a section in a folder: its edits, its commands and their output. */
export async function perform(page: Page, { name, steps }: Section, folder: string): Promise<void> {
  let output = '';
  for (const step of steps) {
    const at = `${page.path}, ${name}, line ${step.line}`;
    if (step.kind === 'run') {
      output = '';
      for (const command of step.commands.trim().split('\n')) {
        const args = /^npx hyvve-events (.+)$/.exec(command)?.[1]?.split(' ');
        if (args === undefined) throw new Error(`${at}: unknown command ${command}`);
        const { code, stdout, stderr } = await runCli(args, folder);
        output += stdout + stderr;
        expect(code === 0, `${at}: ${command} ended with ${code}\n${stdout}${stderr}`).toBe(!step.fails);
      }
    } else if (step.kind === 'output') {
      const expected = step.lines.filter((line) => line !== '');
      expect(hasLines(output, expected), `${at}: expected\n${expected.join('\n')}\nprinted\n${output}`).toBe(true);
    } else if (step.kind === 'file') {
      await mkdir(dirname(join(folder, step.path)), { recursive: true });
      await writeFile(join(folder, step.path), step.text);
    } else if (step.kind === 'shows') {
      expect(await readFile(join(folder, step.path), 'utf8'), at).toContain(step.text.trim());
    } else if (step.kind === 'replace') {
      const before = await readFile(join(folder, step.path), 'utf8');
      expect(before.split(step.from).length, `${at}: it is in ${step.path} once`).toBe(2);
      await writeFile(join(folder, step.path), before.replace(step.from, step.to));
    } else if (step.kind === 'check' && page.check !== undefined) {
      await page.check(step.what, folder, at);
    } else throw new Error(`${at}: unexpected ${step.kind}`);
  }
}
