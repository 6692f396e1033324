kill -TERM $PPID
sleep 20
