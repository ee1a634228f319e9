/** To the frame that draws. */
export interface DiagramRequest {
  readonly id: number;
  readonly source: string;
  readonly dark: boolean;
}

/** From it: a picture of a size in pixels, or why there is none. `id` 0: it is ready. */
export interface DiagramReply {
  readonly id: number;
  readonly svg?: string;
  readonly width?: number;
  readonly height?: number;
  readonly error?: string;
}
