import { types } from 'node:util';
import { type CatalogueEntry, type ErrorCode, errorCatalogue, type Remedy } from './catalogue.js';

const brand = Symbol.for('charterbus.error');

export interface ErrorOptionsWithDetails {
  readonly cause?: unknown;
  /** Facts about this occurrence, safe to show to the caller: plain JSON values, never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** How long to wait before trying again, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** The JSON form of an error, the same in process and, as an RFC 9457 problem document, on the wire. */
export interface ErrorJson {
  readonly name: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: Remedy;
  readonly retryAfterMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** By category and not by class, since bundlers rename classes: the name of `message` errors is `MessageError`. */
const nameOf = ({ category }: CatalogueEntry): string => `${category.charAt(0).toUpperCase()}${category.slice(1)}Error`;

/**
 * Base of every error that Charterbus throws.
 *
 * Recognise errors with `isInstance`, not `instanceof`: the brand is a registered symbol and so survives two installed
 * copies of this package.
 */
export abstract class CharterbusError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptionsWithDetails = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = nameOf(errorCatalogue[code]);
    this.code = code;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Status, remedy and title of this error's code, as the copy of this package knows them that made the error. */
  get catalogueEntry(): CatalogueEntry {
    return errorCatalogue[this.code];
  }

  get remedy(): Remedy {
    return this.catalogueEntry.remedy;
  }

  toJSON(): ErrorJson {
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      remedy: this.remedy,
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      ...(Object.keys(this.details).length === 0 ? {} : { details: this.details }),
    };
  }

  /** On the class of a category: whether it is an error of that category. Runs no code of the value's. */
  static isInstance(value: unknown): value is CharterbusError {
    return typeof value === 'object' && value !== null && !types.isProxy(value) && Object.hasOwn(value, brand);
  }
}
