/** The names of an event's type, publish function and handler in generated code, by the event's key. */
export function eventNames(key: string): string[] {
  return [eventTypeName(key), publisherName(key), handlerName(key)];
}

/** `ApprovalApprovedEvent`; `UserCreatedEventEnvelope` where the key already ends in `Event`. */
export function eventTypeName(key: string): string {
  return key.endsWith('Event') ? `${key}Envelope` : `${key}Event`;
}

/** `publishApprovalApproved`. */
export function publisherName(key: string): string {
  return `publish${key}`;
}

/** `onApprovalApproved`. */
export function handlerName(key: string): string {
  return `on${key}`;
}
