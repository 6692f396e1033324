create table fresh(i int);
