import { CharterbusError, type Receipt, toCharterbusError, type Verdict } from '@charterbus/core-models';
import type { HistogramCell, Instruments, NumberCell, SpanReference } from '@charterbus/metering';

const noCode = 'none';

/** A denial has a verdict, and says at which point; what is refused before has none. */
const isDenial = (error: unknown): boolean =>
  CharterbusError.isInstance(error) && error.details?.['point'] !== undefined;

interface Ending {
  readonly seconds: HistogramCell;
  readonly count: NumberCell;
}

/** Counts what comes to its admission, and what is decided about it. */
export class AdmissionMeter {
  readonly #instruments: Instruments;
  readonly #accepted: Ending;
  readonly #held: Ending;
  readonly #allowed: { readonly send: NumberCell; readonly receive: NumberCell };
  readonly #bytes: HistogramCell;

  constructor(instruments: Instruments) {
    const ending = (outcome: string): Ending => ({
      seconds: instruments.histogram('charterbus_admission_seconds', outcome),
      count: instruments.counter('charterbus_admissions_total', outcome, noCode),
    });
    const allowed = (point: string): NumberCell =>
      instruments.counter('charterbus_verdicts_total', point, 'allow', 'policy', noCode);
    this.#instruments = instruments;
    this.#accepted = ending('accepted');
    this.#held = ending('held');
    this.#allowed = { send: allowed('send'), receive: allowed('receive') };
    this.#bytes = instruments.histogram('charterbus_message_bytes');
  }

  received({ status }: Receipt, milliseconds: number, span: SpanReference | undefined): void {
    const { seconds, count } = status === 'held' ? this.#held : this.#accepted;
    count.value += 1;
    seconds.observe(milliseconds / 1000, span);
  }

  refused(error: unknown, milliseconds: number, span: SpanReference | undefined): void {
    const outcome = isDenial(error) ? 'denied' : 'refused';
    this.#instruments.counter('charterbus_admissions_total', outcome, toCharterbusError(error).code).add(1);
    this.#instruments.histogram('charterbus_admission_seconds', outcome).observe(milliseconds / 1000, span);
  }

  /** @param leastBytes of its content. */
  committed(verdicts: readonly Verdict[], leastBytes: number): void {
    this.#bytes.observe(leastBytes);
    for (const verdict of verdicts) this.judged(verdict);
  }

  judged({ point, effect, cause, code = noCode }: Omit<Verdict, 'code'> & { readonly code?: string }): void {
    if (effect === 'allow') this.#allowed[point].value += 1;
    else this.#instruments.counter('charterbus_verdicts_total', point, effect, cause, code).add(1);
  }
}
