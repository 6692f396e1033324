select 'seed';
