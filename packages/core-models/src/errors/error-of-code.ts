import { type ErrorCategory, type ErrorCode, errorCatalogue } from './catalogue.js';
import {
  AgentError,
  ConfigurationError,
  ConstitutionalError,
  DeliberationError,
  MessageError,
  OperationError,
  PolicyError,
  StoreError,
} from './categories.js';
import type { CharterbusError, ErrorOptionsWithDetails } from './charterbus-error.js';

type Construct = new (code: never, message: string, options?: ErrorOptionsWithDetails) => CharterbusError;

const classes: Readonly<Record<ErrorCategory, Construct>> = {
  agent: AgentError,
  configuration: ConfigurationError,
  constitutional: ConstitutionalError,
  deliberation: DeliberationError,
  message: MessageError,
  operation: OperationError,
  policy: PolicyError,
  store: StoreError,
};

/** The error of a code that is known only at run time, of the class that the code belongs to. */
export const errorOfCode = (code: ErrorCode, message: string, options?: ErrorOptionsWithDetails): CharterbusError => {
  const ErrorOfCategory = classes[errorCatalogue[code].category];
  // The table pairs each category with the class that takes its codes.
  return new ErrorOfCategory(code as never, message, options);
};
