import type { CodePlace } from '@hyvve-events/catalog-model';
import type { ts } from 'ts-morph';
import { compare } from '../support/values.js';
import type { Compiler } from './compiler.js';
import { placeOf } from './diagnostics.js';
import type { ReadProgram } from './find-usages.js';
import { type DataProperty, declarationsOf, type PayloadTypes, partsOf, payloadTypes } from './payload-types.js';
import type { PathStep } from './property-path.js';

/** A property of the data of an event. */
export interface PropertyQuestion {
  /** Name of the payload's type. */
  readonly payload: string;
  readonly steps: readonly PathStep[];
}

/** A place that reads or writes a property of an event's data. */
export interface PropertyUse extends CodePlace {
  readonly kind: 'read' | 'write';
  /** The services whose code it is, sorted. */
  readonly services: readonly string[];
  /** As in the code: `sku`. */
  readonly how: string;
}

/** Finds the places that use properties of events, one program after another. */
export interface PropertySearch {
  add(program: ReadProgram): void;
  /** The places for each question, in the order of the questions. */
  results(): PropertyUse[][];
}

export function propertySearch(questions: readonly PropertyQuestion[]): PropertySearch {
  const found = questions.map(() => new Map<string, PropertyUse>());
  return {
    add(program) {
      const types = payloadTypes(program);
      const targets = questions.flatMap((question, index): Target[] => {
        const property = types.property(question.payload, question.steps);
        return property === undefined ? [] : [{ ...question, index, property }];
      });
      const add = (index: number, node: ts.Node, kind: PropertyUse['kind'], how: string) => {
        const place = placeOf(node);
        const key = `${place.file}:${place.line}:${place.column}`;
        const known = found[index]?.get(key)?.services ?? [];
        const services = [...new Set([...known, ...program.servicesOf(node.getSourceFile())])].sort(compare);
        found[index]?.set(key, { ...place, kind, services, how });
      };
      for (const file of program.code.files) {
        const named = targets.filter(({ property }) => file.text.includes(property.name));
        if (named.length > 0) visitFile(program, { file, types, targets: named, add });
      }
    },
    results: () => found.map((uses) => [...uses.values()].sort(byPlace)),
  };
}

interface Target extends PropertyQuestion {
  readonly index: number;
  readonly property: DataProperty;
}

interface Visit {
  readonly file: ts.SourceFile;
  readonly types: PayloadTypes;
  readonly targets: readonly Target[];
  readonly add: (index: number, node: ts.Node, kind: PropertyUse['kind'], how: string) => void;
}

function visitFile({ compiler, checker, findPackage }: ReadProgram, { file, types, targets, add }: Visit): void {
  const byName = new Map<string, Target[]>();
  for (const target of targets) byName.set(target.property.name, [...(byName.get(target.property.name) ?? []), target]);

  const visit = (node: ts.Node): void => {
    if (compiler.isIdentifier(node) || compiler.isStringLiteral(node)) {
      for (const target of byName.get(node.text) ?? []) visitName(node, target);
    } else if (compiler.isElementAccessExpression(node)) visitComputed(node);
    else if (compiler.isCallExpression(node)) for (const argument of node.arguments) visitValue(argument);
    else if (compiler.isObjectLiteralExpression(node)) visitValue(node);
    compiler.forEachChild(node, visit);
  };

  const visitName = (node: ts.Identifier | ts.StringLiteral, { index, property }: Target): void => {
    const use = useOf(compiler, checker, node);
    if (use !== undefined && isOf(use.owner, property)) add(index, node, use.kind, node.text);
  };

  /** `data[key]` with a constant: its type is the name. */
  const visitComputed = ({ argumentExpression: key, expression }: ts.ElementAccessExpression): void => {
    if (compiler.isStringLiteral(key)) return;
    const type = checker.getTypeAtLocation(key);
    for (const { index, property } of (type.isStringLiteral() && byName.get(type.value)) || []) {
      const kind = isAssigned(compiler, key.parent) ? 'write' : 'read';
      if (isOf(checker.getTypeAtLocation(expression), property)) add(index, key, kind, key.getText());
    }
  };

  const isOf = (owner: ts.Type, { name, owners, declarations }: DataProperty): boolean =>
    partsOf(checker, owner).some(
      (part) =>
        [...declarationsOf(part)].some((declaration) => owners.has(declaration)) ||
        part.getProperty(name)?.declarations?.some((declaration) => declarations.has(declaration)) === true,
    );

  /** Data that has parts which are made before: `const item = { sku }; publishOrderPlaced(bus, { lines: [item] })`. */
  const visitValue = (value: ts.Expression): void => {
    const expected = checker.getContextualType(value);
    if (expected === undefined) return;
    const wanted = new Set(partsOf(checker, expected).flatMap((part) => [...declarationsOf(part)]));
    for (const { index, payload, steps } of targets) {
      if (![...types.declarations(payload)].some((declaration) => wanted.has(declaration))) continue;
      for (const declaration of writtenIn(checker.getTypeAtLocation(value), steps)) {
        const isLiteral =
          compiler.isPropertyAssignment(declaration) || compiler.isShorthandPropertyAssignment(declaration);
        if (isLiteral && findPackage(declaration.getSourceFile().fileName) === undefined) {
          add(index, declaration.name, 'write', declaration.name.getText());
        }
      }
    }
  };

  /** The declarations of the last property of a path in a value of the code. */
  const writtenIn = (given: ts.Type, steps: readonly PathStep[]): readonly ts.Declaration[] => {
    let types = partsOf(checker, given);
    let declarations: readonly ts.Declaration[] = [];
    for (const step of steps) {
      if (step === 'each') {
        types = types.flatMap((type) => itemsOf(type).flatMap((item) => partsOf(checker, item)));
        continue;
      }
      const properties = types.flatMap((type) => type.getProperty(step.property) ?? []);
      declarations = properties.flatMap((property) => property.declarations ?? []);
      types = properties.flatMap((property) => partsOf(checker, checker.getTypeOfSymbol(property)));
    }
    return declarations;
  };

  /** The values in a list or in a map. A map that is written as an object has a property for each. */
  const itemsOf = (type: ts.Type): readonly ts.Type[] => {
    const { Number: ofList, String: ofMap } = compiler.IndexKind;
    const item = checker.getIndexTypeOfType(type, ofList) ?? checker.getIndexTypeOfType(type, ofMap);
    return item === undefined ? type.getProperties().map((each) => checker.getTypeOfSymbol(each)) : [item];
  };

  visit(file);
}

interface NameUse {
  /** The type whose property the name is. */
  readonly owner: ts.Type;
  readonly kind: PropertyUse['kind'];
}

/** What a name does with a property; undefined if it is something else. */
function useOf(
  compiler: Compiler,
  checker: ts.TypeChecker,
  node: ts.Identifier | ts.StringLiteral,
): NameUse | undefined {
  const { parent } = node;
  const isAccess =
    (compiler.isPropertyAccessExpression(parent) && parent.name === node) ||
    (compiler.isElementAccessExpression(parent) && parent.argumentExpression === node);
  if (isAccess) {
    const { expression } = parent as ts.AccessExpression;
    return { owner: checker.getTypeAtLocation(expression), kind: isAssigned(compiler, parent) ? 'write' : 'read' };
  }
  if (compiler.isBinaryExpression(parent) && parent.operatorToken.kind === compiler.SyntaxKind.InKeyword) {
    return parent.left === node ? { owner: checker.getTypeAtLocation(parent.right), kind: 'read' } : undefined;
  }
  if (compiler.isBindingElement(parent) && compiler.isObjectBindingPattern(parent.parent)) {
    const isProperty = parent.propertyName === undefined ? parent.name === node : parent.propertyName === node;
    return isProperty ? { owner: checker.getTypeAtLocation(parent.parent), kind: 'read' } : undefined;
  }
  const isProperty = compiler.isPropertyAssignment(parent) || compiler.isShorthandPropertyAssignment(parent);
  if (!isProperty || parent.name !== node) return undefined;
  const owner = checker.getContextualType(parent.parent);
  return owner === undefined ? undefined : { owner, kind: 'write' };
}

function isAssigned(compiler: Compiler, access: ts.Node): boolean {
  const { parent } = access;
  return (
    compiler.isBinaryExpression(parent) &&
    parent.left === access &&
    parent.operatorToken.kind >= compiler.SyntaxKind.FirstAssignment &&
    parent.operatorToken.kind <= compiler.SyntaxKind.LastAssignment
  );
}

function byPlace(a: CodePlace, b: CodePlace): number {
  return a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1;
}
