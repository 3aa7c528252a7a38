import { expect, it } from 'vitest';
import { camelCase, constantCase, pascalCase, Scope, snakeCase } from '../../../models/names.js';

it.each([
  ['approvalId', 'approval_id', 'ApprovalId', 'approvalId', 'APPROVAL_ID'],
  ['approval_id', 'approval_id', 'ApprovalId', 'approvalId', 'APPROVAL_ID'],
  ['HTTPServer', 'http_server', 'HTTPServer', 'httpServer', 'HTTP_SERVER'],
  ['a-b.c', 'a_b_c', 'ABC', 'aBC', 'A_B_C'],
  ['größe', 'größe', 'Größe', 'größe', 'GRÖSSE'],
  ['2fa', '2fa', '2fa', '2fa', '2FA'],
  ['$', '', '', '', ''],
])('%j: %s %s %s %s', (name, snake, pascal, camel, constant) => {
  expect([snakeCase(name), pascalCase(name), camelCase(name), constantCase(name)]).toEqual([
    snake,
    pascal,
    camel,
    constant,
  ]);
});

it('a scope gives every name once', () => {
  const scope = new Scope(['taken']);
  expect(['id', 'id', 'taken', 'id'].map((name) => scope.take(name, '_'))).toEqual(['id', 'id_2', 'taken_2', 'id_3']);
});
