// The memoryless scheme on a GPU, compiled for one shape and kind of wall at a time.
//
// The stored state and its update are those of lbm/cpu/step.py: phi = b (1 + d), a step changes d,
// and what leaves a cell is subtracted from what it holds. With D, L, U the shares of d that move
// down, stay and move up (y counts downwards), a cell of row y collects from its column
//     S = D(y - 1) + L(y) + U(y + 1),
// of which R+- = sum of w_x+- over the same three + g+- go on to the right and left neighbours:
//     d' = S - R+ - R- + R+(x - 1) + R-(x + 1).
//
// Domain decomposition: a block runs one image, or one channel of it, over many steps. Where an
// image is too large for one multiprocessor, a cluster of CLUSTER blocks runs it (sm_90): each holds
// a slab of HEIGHT / CLUSTER rows and reads its halo, the outermost rows of its neighbours, from
// their shared memory. Within a slab each warp holds a band of ROWS whole rows, COLS neighbouring
// columns per lane.
//
// Memory: the field lies in shared memory (ON_CHIP 1) or in global memory, and is updated in place.
// A warp walks down its band: D and L of the rows above stay in registers, neighbours along x are a
// warp shuffle away. Only the first row of every band is kept twice, for the band above.
//
// Macros, from gpu/layout.py: HEIGHT, WIDTH, CHANNELS (of a block), COLS, ROWS, WARPS, CLUSTER,
// MIRROR, ON_CHIP, FRAME_THREADS, SERIES_0.. and SERIES_END (of tanh(sqrt z) / sqrt z); FINE_X and
// FINE_Y if key frames are made in shared memory.
//
// Each header is included here, once, and after those that it uses: NVRTC gets all of them as one
// text (gpu/source.py).
#include "common.cuh"
#include "step.cuh"
#include "advance.cuh"
#include "start.cuh"
#include "philox.cuh"
#include "waves.cuh"
#include "energy.cuh"
#include "turns.cuh"
#include "speed_limit.cuh"
#include "fft.cuh"
#include "key_frames.cuh"
#include "scales.cuh"
