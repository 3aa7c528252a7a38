import type { ModelLanguage } from '@hyvve-events/catalog-model';

/** The languages of models, and how they are written. */
export const languageNames: Readonly<Record<ModelLanguage, string>> = {
  python: 'Python',
  java: 'Java',
  go: 'Go',
  rust: 'Rust',
  csharp: 'C#',
};
