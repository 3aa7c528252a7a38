import type { Rule } from './rule.js';

const usual = '^[a-z][a-z0-9_-]*(\\.[a-z][a-z0-9_-]*){2,}$';

/** A pattern such as `approval.*` is only useful if all event types have the same form. */
export const typeNaming: Rule = {
  code: 'TYPE_NAMING',
  severity: 'warning',
  *check({ model, placeOf }, { pattern = usual }) {
    const form = new RegExp(pattern, 'u');
    const expected = pattern === usual ? 'domain.entity.action' : pattern;
    for (const { type, source } of model.events) {
      if (form.test(type)) continue;
      yield {
        place: placeOf(source, '/name'),
        message: `the event type ${type} is not of the form ${expected}`,
        hint: 'rename it in the form of `shop.order.placed`, or set the pattern of TYPE_NAMING in the config',
        about: [type],
      };
    }
  },
};
