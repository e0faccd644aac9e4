/* Translation for programs in C, and in every language that can call C.
 *
 *   #include <talmach/talmach.h>
 *
 *   const char *const directories[] = {"runs/phrasebook/model"};
 *   const char *const lines[] = {"She called her mother."};
 *   talmach_translator *translator = talmach_create(directories, 1, "beam_size=5 threads=2");
 *   talmach_result *result = talmach_translate(translator, lines, 1);
 *   if (result != NULL) {
 *     puts(talmach_text(result, 0, 0));
 *   } else {
 *     fputs(talmach_error_text(), stderr);
 *   }
 *   talmach_free_result(result);
 *   talmach_free(translator);
 *
 * Texts are UTF-8 that ends in a zero byte. Functions that can fail return NULL then, and leave a
 * line that says why (talmach_error_text) and its kind (talmach_error_code). No exception ever
 * leaves a function of this file. NULL may be given to every function: it is an error like others,
 * or, where there is nothing to fail, nothing, 0 or "".
 *
 * Threads: a translator and a result may be used by several threads at once; what is freed must not
 * be in use. The error belongs to the thread whose call failed.
 * Lifetime: a result lives until it is freed, also without its translator; so does what points into
 * it. The error text is valid until the same thread calls a function of this file that can fail.
 */
#ifndef TALMACH_TALMACH_H_
#define TALMACH_TALMACH_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct talmach_translator talmach_translator;
typedef struct talmach_result talmach_result;

/* The kinds of errors, numbered as the exit codes of the program. */
enum {
  TALMACH_OK = 0,
  TALMACH_FAILED = 1,       /* something failed while running, such as memory or threads */
  TALMACH_WRONG_OPTION = 2, /* an option or an argument */
  TALMACH_BAD_DATA = 3,     /* a text or another input file */
  TALMACH_BAD_MODEL = 4,    /* a model: missing, damaged, of a newer format */
  TALMACH_NOT_FINITE = 5    /* numbers of a model are not finite */
};

/* Loads the models of `num_directories` directories; several vote (an ensemble).
 *
 * `options` is NULL or words NAME=VALUE between white space:
 *   beam_size=5 normalize=1 n_best=1 max_length_factor=3 unk=allow|ban|replace
 *   precision=float32|bfloat16|int8 threads=N mini_batch=N max_length=N shortlist=FILE
 * The defaults are those of the first model's configuration, one candidate, and a thread per core.
 */
talmach_translator *talmach_create(const char *const *directories, size_t num_directories,
                                   const char *options);

/* Translates `num_lines` lines. */
talmach_result *talmach_translate(const talmach_translator *translator, const char *const *lines,
                                  size_t num_lines);

/* The result. Lines and candidates count from 0; candidate 0 is the best. What does not exist has
 * the text "", the scores 0, no pieces and the attention NULL.
 */
size_t talmach_num_lines(const talmach_result *result);
size_t talmach_num_candidates(const talmach_result *result, size_t line);
const char *talmach_text(const talmach_result *result, size_t line, size_t candidate);
/* log p, in nats; and divided by length^normalize, which ranks the candidates. */
double talmach_log_probability(const talmach_result *result, size_t line, size_t candidate);
double talmach_score(const talmach_result *result, size_t line, size_t candidate);

/* The attention of a candidate: talmach_num_target_pieces rows, each with the weights of
 * talmach_num_source_pieces pieces, which sum to one.
 */
size_t talmach_num_source_pieces(const talmach_result *result, size_t line, size_t candidate);
size_t talmach_num_target_pieces(const talmach_result *result, size_t line, size_t candidate);
const char *talmach_source_piece(const talmach_result *result, size_t line, size_t candidate,
                                 size_t piece);
const char *talmach_target_piece(const talmach_result *result, size_t line, size_t candidate,
                                 size_t piece);
const float *talmach_attention(const talmach_result *result, size_t line, size_t candidate);

void talmach_free_result(talmach_result *result);
void talmach_free(talmach_translator *translator);

/* Of this thread's last call of talmach_create or talmach_translate: "" and TALMACH_OK if it
 * succeeded.
 */
const char *talmach_error_text(void);
int talmach_error_code(void);

/* "0.1.0" */
const char *talmach_version(void);

#ifdef __cplusplus
}
#endif

#endif /* TALMACH_TALMACH_H_ */
