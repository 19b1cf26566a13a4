import { type Durability, durabilities, MessageError, OperationError, type Receipt } from '@charterbus/core-models';

const rankOf = (durability: Durability): number => durabilities.indexOf(durability);

/** @throws OperationError `REQUEST_INVALID`. */
export const readDurability = (durability: Durability): Durability => {
  if (rankOf(durability) >= 0) return durability;
  throw new OperationError('REQUEST_INVALID', `durability must be one of ${durabilities.join(', ')}.`);
};

/**
 * The receipt, where it says what the sender demands.
 *
 * @throws MessageError `DURABILITY_NOT_REACHED` with the receipt in its details: the message is accepted all the same.
 */
export const withDurability = (receipt: Receipt, demanded: Durability): Receipt => {
  if (rankOf(receipt.durability) >= rankOf(demanded)) return receipt;
  throw new MessageError(
    'DURABILITY_NOT_REACHED',
    `The message is accepted, but its durability is ${receipt.durability}, not ${demanded}.`,
    { details: { receipt: { ...receipt } } },
  );
};
