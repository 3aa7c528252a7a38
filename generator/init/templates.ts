/** A first catalog with one domain and two events, as an example of a complete event. No rule reports a problem in it. */
export const firstCatalog: Readonly<Record<string, string>> = {
  'asyncapi.yaml': `# The catalog's root document: it only refers to the domains. One file for each domain keeps changes separate.
asyncapi: 3.0.0
info:
  title: Shop events
  version: 1.0.0
  description: Every event of the shop. Types follow \`domain.entity.action\`.
defaultContentType: application/json
channels:
  order:
    $ref: './domains/order.yaml#/channels/order'
operations:
  orders.send:
    $ref: './domains/order.yaml#/operations/orders.send'
  billing.receive:
    $ref: './domains/order.yaml#/operations/billing.receive'
x-services:
  orders:
    description: Accepts orders.
  billing:
    description: Writes invoices.
`,
  'domains/order.yaml': `# The events of orders. A message is an event: its key names the TypeScript types, its \`name\` is the event type.
channels:
  order:
    address: hyvve:events
    title: Orders
    description: Events about orders.
    messages:
      OrderPlaced:
        $ref: '#/messages/OrderPlaced'
      OrderCancelled:
        $ref: '#/messages/OrderCancelled'
operations:
  # Senders and receivers: \`x-service\` names the service. Without \`messages\`, the operation is for every event of the channel.
  orders.send:
    action: send
    x-service: orders
    summary: The order service sends events about orders.
    channel:
      $ref: '../asyncapi.yaml#/channels/order'
  billing.receive:
    action: receive
    x-service: billing
    summary: Billing receives events about orders.
    channel:
      $ref: '../asyncapi.yaml#/channels/order'
messages:
  OrderPlaced:
    name: order.order.placed
    summary: An order was placed.
    x-event-version: 1.0.0
    payload:
      $ref: '#/schemas/OrderPlacedPayload'
    examples:
      - name: small
        payload:
          orderId: ord_1
          currency: EUR
          lines:
            - sku: sku_7
              quantity: 2
          placedAt: '2026-11-24T09:30:00.000Z'
  OrderCancelled:
    name: order.order.cancelled
    summary: An order was cancelled before it was sent.
    x-event-version: 1.0.0
    payload:
      $ref: '#/schemas/OrderCancelledPayload'
    examples:
      - name: byCustomer
        payload:
          orderId: ord_1
          reason: customer
schemas:
  OrderPlacedPayload:
    type: object
    description: An order with its lines.
    additionalProperties: false
    required: [orderId, currency, lines, placedAt]
    properties:
      orderId:
        type: string
        description: Id of the order.
        minLength: 1
      currency:
        type: string
        description: ISO 4217 code of every amount.
        pattern: '^[A-Z]{3}$'
      lines:
        type: array
        description: The ordered articles, in the order of the form.
        minItems: 1
        items:
          $ref: '#/schemas/OrderLine'
      placedAt:
        type: string
        description: When the order was placed.
        format: date-time
  OrderLine:
    type: object
    description: An article and its quantity.
    additionalProperties: false
    required: [sku, quantity]
    properties:
      sku:
        type: string
        description: Id of the article.
        minLength: 1
      quantity:
        type: integer
        description: Number of pieces.
        minimum: 1
  OrderCancelledPayload:
    type: object
    description: A cancelled order.
    additionalProperties: false
    required: [orderId, reason]
    properties:
      orderId:
        type: string
        description: Id of the order.
        minLength: 1
      reason:
        type: string
        description: Why it was cancelled.
        enum: [customer, stock, fraud]
`,
};

/** A first config in JSON. */
export function jsonConfig(catalog: string): string {
  return `${JSON.stringify({ catalog, out: 'generated', rules: {} }, undefined, 2)}\n`;
}

/** A first config in TypeScript, which the editor checks and completes. */
export function typescriptConfig(catalog: string): string {
  return `export default {
  catalog: ${JSON.stringify(catalog).replaceAll('"', "'")},
  out: 'generated',
  rules: {},
} satisfies import('@hyvve-events/generator').ConfigFile;
`;
}
