import type { CodeOf, ErrorCategory } from './catalogue.js';
import { CharterbusError, type ErrorOptionsWithDetails } from './charterbus-error.js';

/** Asks the error for its category, since another copy of this package may know codes that this one does not. */
const isOf = (category: ErrorCategory, value: unknown): boolean =>
  CharterbusError.isInstance(value) && value.catalogueEntry?.category === category;

/** Narrows the code to those of one category; the classes below differ in nothing else. */
abstract class CategoryError<C extends ErrorCategory> extends CharterbusError {
  declare readonly code: CodeOf<C>;

  // biome-ignore lint/complexity/noUselessConstructor: it narrows the type of the code
  constructor(code: CodeOf<C>, message: string, options?: ErrorOptionsWithDetails) {
    super(code, message, options);
  }
}

/** The constitution itself, or what a sender stated about it. */
export class ConstitutionalError extends CategoryError<'constitutional'> {
  static override isInstance(value: unknown): value is ConstitutionalError {
    return isOf('constitutional', value);
  }
}

/** One message: its shape, its address, its way. */
export class MessageError extends CategoryError<'message'> {
  static override isInstance(value: unknown): value is MessageError {
    return isOf('message', value);
  }
}

/** Who is speaking. */
export class AgentError extends CategoryError<'agent'> {
  static override isInstance(value: unknown): value is AgentError {
    return isOf('agent', value);
  }
}

/** What the policies said, or that they could not be asked. */
export class PolicyError extends CategoryError<'policy'> {
  static override isInstance(value: unknown): value is PolicyError {
    return isOf('policy', value);
  }
}

/** A held message that ended without being released. */
export class DeliberationError extends CategoryError<'deliberation'> {
  static override isInstance(value: unknown): value is DeliberationError {
    return isOf('deliberation', value);
  }
}

/** The bus as a running thing: its life, its handlers, its entries. */
export class OperationError extends CategoryError<'operation'> {
  static override isInstance(value: unknown): value is OperationError {
    return isOf('operation', value);
  }
}

/** What the person who installs Charterbus must mend. */
export class ConfigurationError extends CategoryError<'configuration'> {
  static override isInstance(value: unknown): value is ConfigurationError {
    return isOf('configuration', value);
  }
}

/** The durable store. */
export class StoreError extends CategoryError<'store'> {
  static override isInstance(value: unknown): value is StoreError {
    return isOf('store', value);
  }
}
