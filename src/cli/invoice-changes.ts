/** `billing invoices void NUMBER` and `billing invoices credit NUMBER`. */
import type { Command } from 'commander';
import type { InvoiceView } from '../adapters/read-models.ts';
import type { App } from '../app.ts';
import { loadConfig } from '../config.ts';
import { findCreditedInvoice, findVoidedInvoice } from '../gateway/command-outcome.ts';
import { presentInvoice } from '../gateway/present-invoice.ts';
import { userName } from './actor.ts';
import { followCommand } from './follow-command.ts';
import { untilInterrupted } from './interrupt.ts';
import { withReason } from './reason.ts';
import { withApp } from './servers.ts';
import { toJson, type CliContext } from './terminal.ts';

interface ChangeOptions {
  readonly reason: string;
  readonly wait: boolean;
  readonly json?: true;
}

export function addInvoiceChangeCommands(invoices: Command, context: CliContext): void {
  addVoid(invoices, context);
  addCredit(invoices, context);
}

function addVoid(invoices: Command, context: CliContext): void {
  withReason(invoices.command('void'))
    .description('void an invoice: it is not owed, and its month can be billed again')
    .argument('<number>', 'as billing invoices lists it')
    .option('--no-wait', 'ask for it and do not follow it')
    .option('--json', 'print one JSON document, the invoice as it is then')
    .addHelpText(
      'after',
      `
The number stays taken. "billing process --period 2026-10 --force" bills the shop again.

Example:
  billing invoices void INV-2026-000007 --reason "wrong plan"`,
    )
    .action(async (invoiceNumber: string, options: ChangeOptions) => {
      await change(context, options, {
        ask: (app, told) => app.voidInvoice({ invoiceNumber, ...told }),
        find: (app, requestId) => findVoidedInvoice(app.readModels, { invoiceNumber, requestId }),
        asked: `Asked for: invoice ${invoiceNumber} is being voided\n`,
        done: ({ shop_id, total, currency }) =>
          `Voided: invoice ${invoiceNumber} of ${total} ${currency} to ${shop_id} is not owed\n`,
      });
    });
}

function addCredit(invoices: Command, context: CliContext): void {
  withReason(invoices.command('credit'))
    .description('credit a part of an invoice, or all of it, with a credit note')
    .argument('<number>', 'as billing invoices lists it')
    .requiredOption('--amount <decimal>', "in the invoice's currency, such as 10.00")
    .option('--no-wait', 'ask for it and do not follow it')
    .option('--json', 'print one JSON document, the invoice as it is then')
    .addHelpText(
      'after',
      `
All credit notes of an invoice together are never above its total.

Example:
  billing invoices credit INV-2026-000007 --amount 10.00 --reason "goodwill"`,
    )
    .action(async (invoiceNumber: string, { amount, ...options }: ChangeOptions & { amount: string }) => {
      await change(context, options, {
        ask: (app, told) => app.creditInvoice({ invoiceNumber, amount, ...told }),
        find: (app, requestId) => findCreditedInvoice(app.readModels, { invoiceNumber, requestId }),
        asked: `Asked for: ${amount} of invoice ${invoiceNumber} is being credited\n`,
        done: ({ credit_notes, currency, total }, requestId, view) => {
          const index = view.creditNotes.findIndex((note) => note.requestId === requestId);
          const note = credit_notes[index]!;
          return `Credited: ${note.amount} of ${total} ${currency} on invoice ${invoiceNumber}, credit note ${note.credit_note_number}\n`;
        },
      });
    });
}

interface Change {
  readonly ask: (app: App, told: { reason: string; actor: string | null }) => Promise<{ readonly requestId: string }>;
  readonly find: (app: App, requestId: string) => Promise<InvoiceView | null>;
  readonly asked: string;
  readonly done: (invoice: ReturnType<typeof presentInvoice>, requestId: string, view: InvoiceView) => string;
}

async function change(context: CliContext, { reason, wait, json }: ChangeOptions, { ask, find, asked, done }: Change) {
  const { terminal, interrupted } = context;
  const config = loadConfig(undefined, { logLevel: 'warn' });
  await withApp({ context, config, endsItself: true }, async (app) => {
    const { requestId } = await untilInterrupted(ask(app, { reason, actor: userName() }), interrupted);
    if (!wait) {
      await terminal.out(json ? toJson({ request_id: requestId, status: 'accepted' }) : asked);
      return;
    }
    const view = await followCommand({ context, app, find: () => find(app, requestId) });
    const invoice = presentInvoice(view);
    await terminal.out(json ? toJson(invoice) : done(invoice, requestId, view));
  });
}
