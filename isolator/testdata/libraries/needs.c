void beside(void);
int main(void) { beside(); }
