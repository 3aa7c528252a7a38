import type { ts } from 'ts-morph';
import type { Compiler } from './compiler.js';
import type { Decisions } from './decide.js';
import type { DeclaringPackage } from './declaring-package.js';
import { type KnownEvents, noEvents } from './known-events.js';
import { type Origin, type Origins, subscriberDecorator } from './origins.js';
import type { PassedValue, RecordValue } from './record.js';
import type { Trace } from './trace.js';

export interface VisitTools {
  readonly compiler: Compiler;
  readonly checker: ts.TypeChecker;
  readonly origins: Origins;
  readonly trace: Trace;
  readonly decisions: Decisions;
  readonly eventsOf: (sdk: DeclaringPackage) => KnownEvents;
  readonly record: RecordValue;
  /** A publish function, wherever it is. */
  readonly onPublisher: (node: ts.Node, type: string, publisher: string) => void;
  /** The definition of an event, wherever it is. */
  readonly onDefinition: (node: ts.Node, type: string, key: string) => void;
  /** A function that makes subscriptions and goes somewhere else as a value. */
  readonly onUndecided: (node: ts.Node, how: string) => void;
  /** A method of a class that `@EventHandlers` subscribes, or a handler that is assigned. */
  readonly onMethod: (node: ts.Node, type: string, how: string) => void;
}

/** Finds the uses of the SDK, the runtime and the module for NestJS in one file. */
export function visitFile(file: ts.SourceFile, tools: VisitTools): void {
  const { compiler, origins, eventsOf } = tools;
  const consumed = new Set<ts.Node>();

  const visit = (node: ts.Node): void => {
    if (compiler.isTypeNode(node) && !compiler.isExpressionWithTypeArguments(node)) return;
    if (compiler.isImportDeclaration(node) || compiler.isExportDeclaration(node)) return;
    if (compiler.isCallExpression(node)) visitCall(node, tools, consumed);
    else if (compiler.isIdentifier(node) || isKey(compiler, node)) visitName(node);
    else if (compiler.isBinaryExpression(node)) visitAssignment(node, tools);
    else if (compiler.isObjectLiteralExpression(node)) visitLiteral(node, tools);
    compiler.forEachChild(node, visit);
  };

  const visitName = (node: ts.Identifier | ts.StringLiteral): void => {
    if (isDeclared(node)) return;
    const origin = origins.of(node);
    if (origin?.package?.kind !== 'sdk') return;
    const events = eventsOf(origin.package);
    const published = events.byPublisher.get(origin.name);
    if (published !== undefined) {
      if (!isRename(compiler, node)) tools.onPublisher(node, published, origin.name);
      return;
    }
    const defined = events.byKey.get(origin.name);
    if (defined !== undefined) tools.onDefinition(node, defined, origin.name);
    else if (isSubscribing(origin) && !consumed.has(node) && !isRename(compiler, node)) {
      tools.onUndecided(node, origin.name);
    }
  };

  /** Whether it is a function of the SDK that makes subscriptions, not the interface of its handlers. */
  const isSubscribing = ({ name, declaration }: Origin): boolean =>
    /^subscribe$|Handlers$/.test(name) && declaration !== undefined && !compiler.isInterfaceDeclaration(declaration);

  /** Whether it is the name of a declaration or of a property that a literal defines, not a use. */
  const isDeclared = (node: ts.Node): boolean => {
    const { parent } = node;
    if (compiler.isShorthandPropertyAssignment(parent)) return false;
    return 'name' in parent && parent.name === node && !compiler.isPropertyAccessExpression(parent)
      ? true
      : compiler.isBindingElement(parent) && parent.propertyName === node;
  };

  compiler.forEachChild(file, visit);
}

/** Whether it is the name in `sdk['publishOrderPlaced']`. */
function isKey(compiler: Compiler, node: ts.Node): node is ts.StringLiteral {
  const { parent } = node;
  return (
    compiler.isStringLiteral(node) && compiler.isElementAccessExpression(parent) && parent.argumentExpression === node
  );
}

/** The name of what a call calls: `publish` of `bus.publish(…)` and of `bus['publish'](…)`. */
function calleeOf(compiler: Compiler, { expression }: ts.CallExpression): ts.Identifier | ts.StringLiteral | undefined {
  if (compiler.isIdentifier(expression)) return expression;
  if (compiler.isPropertyAccessExpression(expression)) {
    return compiler.isIdentifier(expression.name) ? expression.name : undefined;
  }
  if (!compiler.isElementAccessExpression(expression)) return undefined;
  return isKey(compiler, expression.argumentExpression) ? expression.argumentExpression : undefined;
}

/** Handlers that are added to an object: `handlers.onOrderPlaced = …`. */
function visitAssignment({ left, operatorToken }: ts.BinaryExpression, tools: VisitTools): void {
  const { compiler, origins, eventsOf, onMethod } = tools;
  if (operatorToken.kind !== compiler.SyntaxKind.EqualsToken || !compiler.isPropertyAccessExpression(left)) return;
  const origin = origins.of(left);
  if (origin?.package?.kind !== 'sdk') return;
  const type = eventsOf(origin.package).byHandler.get(origin.name);
  if (type !== undefined) onMethod(left.name, type, `${origin.name} = …`);
}

/** Whether it only gets another name, `const started = publishOrderPlaced`: the uses of that name are found. */
function isRename(compiler: Compiler, node: ts.Node): boolean {
  let at: ts.Node = node;
  while (compiler.isPropertyAccessExpression(at.parent) && at.parent.name === at) at = at.parent;
  if (compiler.isExportAssignment(at.parent)) return true;
  while (compiler.isParenthesizedExpression(at.parent) || compiler.isAsExpression(at.parent)) at = at.parent;
  const { parent } = at;
  return (
    compiler.isVariableDeclaration(parent) &&
    parent.initializer === at &&
    (parent.parent.flags & compiler.NodeFlags.Const) !== 0
  );
}

/** @param consumed Gets the names that need no further look. */
function visitCall(call: ts.CallExpression, tools: VisitTools, consumed: Set<ts.Node>): void {
  const { compiler, origins, record, eventsOf } = tools;
  const [first] = call.arguments;
  const node = calleeOf(compiler, call);
  if (first === undefined || node === undefined) return;
  const { text } = node;
  const origin = origins.of(node);
  if (origin?.package === undefined) return;
  const { kind } = origin.package;
  const pass = (value: Pick<PassedValue, 'role' | 'how'> & Partial<PassedValue>) =>
    record({ node, events: noEvents, expression: first, path: [], ...value });
  if (kind === 'sdk') {
    consumed.add(node);
    const events = eventsOf(origin.package);
    if (origin.name === subscriberDecorator) pass({ role: 'pattern', how: `@${text}`, events });
    else if (origin.name === 'subscribe') pass({ role: 'pattern', how: 'subscribe', events });
    else if (origin.name.endsWith('Handlers')) pass({ role: 'handlers', how: origin.name, events });
  } else if (kind === 'runtime') {
    if (origin.name === 'publish' || origin.name === 'eventDraft') pass({ role: 'definition', how: origin.name });
    else if (origin.name === 'createEventBus') pass({ role: 'service', how: origin.name, path: ['service'] });
    else if (origin.name === 'publishBatch' && compiler.isArrayLiteralExpression(first)) {
      for (const draft of first.elements) {
        const isWritten = compiler.isObjectLiteralExpression(draft);
        if (isWritten) pass({ role: 'definition', node: draft, how: origin.name, expression: draft, path: ['event'] });
      }
    }
  } else if (kind === 'nestjs') visitNest(call, first, { node, origin }, tools, consumed);
}

function visitNest(
  call: ts.CallExpression,
  first: ts.Expression,
  { node, origin }: { readonly node: ts.Node; readonly origin: Origin },
  { compiler, checker, trace, decisions, record, origins, eventsOf, onMethod }: VisitTools,
  consumed: Set<ts.Node>,
): void {
  const pass = (expression: ts.Expression) =>
    record({ role: 'service', node, how: origin.name, events: noEvents, expression, path: ['service'] });
  if (origin.name === 'forRoot') pass(first);
  if (origin.name === 'forRootAsync') {
    const factory = trace(first, ['useFactory']);
    if (factory.kind === 'value') for (const result of decisions.returned(factory.type)) pass(result);
  }
  const argument = compiler.isPropertyAccessExpression(first) ? first.name : first;
  if (origin.name === 'createEventSubscriber') consumed.add(argument);
  if (origin.name !== 'EventHandlers' || !compiler.isDecorator(call.parent)) return;
  const owner = call.parent.parent;
  const handlersOf = origins.of(first);
  if (handlersOf?.package?.kind !== 'sdk' || !compiler.isClassLike(owner)) return;
  // A class may have no name; the compiler has its symbol nevertheless.
  const { symbol } = owner as { readonly symbol?: ts.Symbol };
  if (symbol === undefined) return;
  consumed.add(argument);
  const instance = checker.getDeclaredTypeOfSymbol(symbol);
  const events = eventsOf(handlersOf.package);
  const { methods = [] } = decisions.handlers({ kind: 'value', expression: undefined, type: instance }) ?? {};
  for (const { name, at } of methods) {
    const type = events.byHandler.get(name);
    if (type !== undefined) onMethod(at ?? node, type, `@EventHandlers(${handlersOf.name})`);
  }
}

/** A draft that is written as an object: `{ event: OrderPlaced, data, options }`. */
function visitLiteral(literal: ts.ObjectLiteralExpression, { compiler, checker, record }: VisitTools): void {
  for (const property of literal.properties) {
    if (property.name === undefined || !compiler.isIdentifier(property.name) || property.name.text !== 'event')
      continue;
    const contextual = checker.getContextualType(literal);
    if (contextual === undefined) return;
    const type = checker.getBaseConstraintOfType(contextual) ?? contextual;
    if (type.getSymbol()?.name !== 'EventDraft') return;
    const expression = compiler.isPropertyAssignment(property) ? property.initializer : property.name;
    record({ role: 'definition', node: property.name, how: 'EventDraft', events: noEvents, expression, path: [] });
  }
}
