export { emitModels, keywordIn } from './emit-models.js';
export type { EmittedModelFile, EmittedModels, ModelsOptions, ModelWarning } from './models-options.js';
