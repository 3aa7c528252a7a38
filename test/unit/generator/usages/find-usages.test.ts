import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FoundUsages } from '../../../../generator/usages/find-usages.js';
import { type CodeProject, codeProject, expectedIn, foundIn } from '../../../support/usages/code-project.js';
import { hardCases, sharedModules } from '../../../support/usages/hard-cases.js';

const fileOf = (name: string) => `${name.replaceAll(/[^\w]+/g, '-')}.ts`;

describe('every way to publish and to handle', () => {
  let project: CodeProject;
  let found: FoundUsages;

  beforeAll(async () => {
    const cases = Object.entries(hardCases).map(([name, text]) => [fileOf(name), text]);
    project = codeProject({ ...sharedModules, ...Object.fromEntries(cases) });
    found = await project.find();
  });
  afterAll(() => project.remove());

  it('the cases compile, so nothing is missing', () => {
    expect(found.problems).toEqual([]);
  });

  it.each(Object.entries(hardCases))('%s', (name, text) => {
    expect(foundIn(found, project, fileOf(name))).toEqual(expectedIn(text));
  });

  it('the modules that the cases import use no event themselves', () => {
    for (const path of Object.keys(sharedModules)) expect(foundIn(found, project, path)).toEqual([]);
  });
});
