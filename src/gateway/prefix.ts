/** Where all routes but the metrics and the documentation begin. */
export const PREFIX = '/api/billing-scheduler';
