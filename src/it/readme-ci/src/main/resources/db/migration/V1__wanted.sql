create table wanted(fresh int);
