/* The same in C: translates the lines it reads, with scores.
 *
 *   translate_c runs/phrasebook/model < text
 */
#include <stdio.h>
#include <string.h>
#include <talmach/talmach.h>

int main(int argc, char **argv) {
  char line[65536];
  const char *directory = argc == 2 ? argv[1] : NULL;
  talmach_translator *translator;

  if (directory == NULL) {
    fputs("usage: translate_c MODEL_DIRECTORY < TEXT\n", stderr);
    return 2;
  }
  translator = talmach_create(&directory, 1, NULL);
  while (translator != NULL && fgets(line, sizeof line, stdin) != NULL) {
    const char *text = line;
    talmach_result *result;

    line[strcspn(line, "\n")] = '\0';
    result = talmach_translate(translator, &text, 1);
    if (result == NULL) break;
    printf("%.4f %s\n", talmach_score(result, 0, 0), talmach_text(result, 0, 0));
    talmach_free_result(result);
  }
  talmach_free(translator);
  if (talmach_error_code() != TALMACH_OK) fprintf(stderr, "%s\n", talmach_error_text());
  return talmach_error_code();
}
