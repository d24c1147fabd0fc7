<p>Harbour</p>
