import type { CodeOf, ErrorCategory } from './catalogue.js';
import { CharterbusError, type ErrorOptionsWithDetails } from './charterbus-error.js';

/** Narrows the code to those of one category; the classes below differ in nothing else. */
abstract class CategoryError<C extends ErrorCategory> extends CharterbusError {
  declare readonly code: CodeOf<C>;

  // biome-ignore lint/complexity/noUselessConstructor: it narrows the type of the code
  constructor(code: CodeOf<C>, message: string, options?: ErrorOptionsWithDetails) {
    super(code, message, options);
  }
}

/** The constitution itself, or what a sender stated about it. */
export class ConstitutionalError extends CategoryError<'constitutional'> {}

/** One message: its shape, its address, its way. */
export class MessageError extends CategoryError<'message'> {}

/** Who is speaking. */
export class AgentError extends CategoryError<'agent'> {}

/** What the policies said, or that they could not be asked. */
export class PolicyError extends CategoryError<'policy'> {}

/** A held message that ended without being released. */
export class DeliberationError extends CategoryError<'deliberation'> {}

/** The bus as a running thing: its life, its handlers, its entries. */
export class OperationError extends CategoryError<'operation'> {}

/** What the person who installs Charterbus must mend. */
export class ConfigurationError extends CategoryError<'configuration'> {}

/** The durable store. */
export class StoreError extends CategoryError<'store'> {}
