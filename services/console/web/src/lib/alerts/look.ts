/** How a state is shown. */

export interface Look {
  readonly words: string;
  /** Tells the state without colour. */
  readonly sign: string;
  /** One of the theme's colours. */
  readonly colour: string;
}
