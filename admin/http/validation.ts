import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyInstance, FastifySchemaValidationError } from 'fastify';
import { AdminError } from '../errors.js';

/** Has an empty body count as none, where the header says JSON as well: it is set once for all calls of a shell. */
export function acceptEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, String(body), done);
  });
}

/** Checks requests against their routes' schemas: text of an address becomes numbers where a schema says so, bodies never. */
export function validateRequests(app: FastifyInstance): void {
  const options = { removeAdditional: false, useDefaults: true, allErrors: false, strict: false };
  const ofBodies = new Ajv(options);
  const ofText = new Ajv({ ...options, coerceTypes: true });
  for (const ajv of [ofBodies, ofText]) addFormats.default(ajv);
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const validate = (httpPart === 'body' ? ofBodies : ofText).compile(schema as object);
    return (data: unknown) => (validate(data) ? { value: data } : { error: validate.errors as never });
  });
  app.setSchemaErrorFormatter((errors, part) => parameterError(errors[0], part));
}

/** Says which parameter is at fault and what was expected of it. */
function parameterError(error: FastifySchemaValidationError | undefined, part: string): AdminError {
  const { instancePath = '', keyword = '', params = {}, message = 'cannot be used' } = error ?? {};
  const where = `${part === 'querystring' ? 'query' : part}${instancePath.replaceAll('/', '.')}`;
  const inner = (name: unknown) => `${where}.${String(name)}`;
  const [field, expected] =
    keyword === 'required'
      ? [inner(params.missingProperty), 'must be given']
      : keyword === 'additionalProperties'
        ? [inner(params.additionalProperty), 'must not be given: there is no such parameter']
        : keyword === 'enum' && Array.isArray(params.allowedValues)
          ? [where, `must be one of ${params.allowedValues.join(', ')}`]
          : keyword === 'format' && params.format === 'date-time'
            ? [where, 'must be a time with its zone, such as 2026-11-24T03:00:00Z']
            : [where, message];
  return new AdminError('PARAMETER_INVALID', `${field} ${expected}`, { field, expected });
}
