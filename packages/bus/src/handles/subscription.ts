/** A stopped subscription has finished what its handler had. */
export interface Subscription extends AsyncDisposable {
  stop(): Promise<void>;
}
