/**
 * Binds the methods of a public object, so that they also work when they are destructured: `const { publish } = bus`.
 * @param prototype The prototype whose methods are bound. Default: the object's own.
 */
export function bindMethods<Instance extends object>(
  instance: Instance,
  prototype: object = Object.getPrototypeOf(instance) as object,
): Instance {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name === 'constructor') continue;
    const { value } = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
    if (typeof value !== 'function') continue;
    // Not enumerable, as on the prototype; writable, so that a test can replace it with a spy.
    Object.defineProperty(instance, name, { value: value.bind(instance), writable: true, configurable: true });
  }
  return instance;
}
