import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node.js';

/** What an editor shows for a text with a cursor. */
export interface Shown {
  /** Labels of the proposals at the cursor. */
  readonly proposals: readonly string[];
  /** Problems, each with its line from 1. */
  readonly problems: readonly string[];
}

/** An editor with the YAML extension that the project recommends, and with the settings of the project. */
export interface YamlEditor {
  /**
   * Opens a file.
   * @param path Relative to the project; the file need not exist.
   * @param text `|` marks the cursor.
   */
  open(path: string, text: string): Promise<Shown>;
  close(): void;
}

interface Diagnostics {
  readonly uri: string;
  readonly diagnostics: readonly { readonly message: string; readonly range: { readonly start: { line: number } } }[];
}

/** Starts the language server of the YAML extension for a project. */
export async function startYamlEditor(project: string): Promise<YamlEditor> {
  const server = resolve('node_modules/yaml-language-server/bin/yaml-language-server');
  const child = spawn(process.execPath, [server, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const settings: Readonly<Record<string, unknown>> = JSON.parse(
    await readFile(join(project, '.vscode/settings.json'), 'utf8'),
  );
  const yaml = { schemas: settings['yaml.schemas'], validate: true, completion: true, schemaStore: { enable: false } };
  connection.onRequest('workspace/configuration', ({ items }: { items: readonly { section: string }[] }) =>
    items.map(({ section }) => (section === 'yaml' ? yaml : null)),
  );
  connection.onRequest('client/registerCapability', () => null);
  const waiting = new Map<string, (shown: Diagnostics['diagnostics']) => void>();
  connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }: Diagnostics) =>
    waiting.get(uri)?.(diagnostics),
  );
  connection.listen();
  const rootUri = pathToFileURL(project).href;
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri,
    capabilities: { workspace: { configuration: true, workspaceFolders: true } },
    workspaceFolders: [{ uri: rootUri, name: 'project' }],
  });
  await connection.sendNotification('initialized', {});
  await connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  return {
    open: async (path, text) => {
      const uri = `${rootUri}/${path}`;
      const found = new Promise<Diagnostics['diagnostics']>((done) => waiting.set(uri, done));
      const document = { uri, languageId: 'yaml', version: 1, text: text.replace('|', '') };
      await connection.sendNotification('textDocument/didOpen', { textDocument: document });
      const diagnostics = await found;
      const before = text.slice(0, text.indexOf('|')).split('\n');
      const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
      const answer = await connection.sendRequest<{ items: readonly { label: string }[] }>('textDocument/completion', {
        textDocument: { uri },
        position,
      });
      return {
        proposals: answer.items.map(({ label }) => label),
        problems: diagnostics.map(({ message, range }) => `${range.start.line + 1}: ${message}`),
      };
    },
    close: () => {
      connection.dispose();
      child.kill();
    },
  };
}
