/** A stopped subscription has finished what its handler had: waiting for that inside the handler would never end. */
export interface Subscription extends AsyncDisposable {
  stop(): Promise<void>;
}
