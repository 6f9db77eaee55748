import { defineErrors, definePlugin, stage } from '@tapgate/core';

const errors = defineErrors({ BUSINESS_HOURS_CLOSED: [403, "Open from {from} to {to} o'clock UTC."] });

export default definePlugin<{ from: number; to: number }>({
  name: 'business-hours',
  apiVersion: 1,
  schema: {
    type: 'object',
    properties: {
      from: { type: 'integer', description: 'First hour served, UTC.' },
      to: { type: 'integer', description: 'First hour not served any more, UTC.' },
    },
    required: ['from', 'to'],
    additionalProperties: false,
  },
  apply(gateway, { from, to }) {
    gateway.hooks.beforeRoute.tap({ name: 'business-hours', stage: stage.limit }, (exchange) => {
      const hour = new Date(exchange.startedAt).getUTCHours();
      if (hour < from || hour >= to) throw errors.BUSINESS_HOURS_CLOSED({ from, to });
    });
  },
});
