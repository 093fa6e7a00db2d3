/** Every message of the product by its name: the name of its schema, its `ce_type` and its TypeScript type. */
import type { RunEventByType, ShopEventByType } from './events.ts';
import type { FactByType } from './facts.ts';
import type { RequestByType } from './requests.ts';

export interface MessageByType extends FactByType, RequestByType, RunEventByType, ShopEventByType {}
export type MessageType = keyof MessageByType;
export type Message = { [T in MessageType]: { readonly type: T; readonly data: MessageByType[T] } }[MessageType];
