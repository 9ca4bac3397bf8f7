#include <stdio.h>
void beside(void) { puts("found beside"); }
