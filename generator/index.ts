export { GeneratorError, type Problem, type ProblemCode, problemCodes } from './errors.js';
export type { DomainModel, EventModel, EventModelEntry, SchemaModel, ServiceModel } from './model.js';
export { type GenerateOptions, type GenerateResult, generate, loadModel } from './pipeline.js';
export type { WriteReport } from './write.js';
