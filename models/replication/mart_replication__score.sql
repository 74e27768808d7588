with

compared as (

    select * from {{ ref('mart_replication__value') }}

),

chapters as (

    select * from {{ ref('replication_chapter') }}

),

counted as (

    select
        compared.reading,
        chapters.chapter_key,
        count(*) as n_values,
        count(*) filter (where compared.replication_verdict = 'within_precision') as n_within_precision,
        count(*) filter (where compared.replication_verdict = 'within_k_units') as n_within_k_units,
        count(*) filter (where compared.replication_verdict = 'differs') as n_differs,
        count(*) filter (where compared.replication_verdict = 'not_computable') as n_not_computable,
        count(compared.conflict_key) as n_conflicting
    from compared
    inner join chapters on compared.chapter = chapters.chapter or chapters.chapter is null
    group by compared.reading, chapters.chapter_key

),

final as (

    select
        reading,
        chapter_key,
        cast(n_values as integer) as n_values,
        cast(n_values - n_not_computable as integer) as n_computable,
        cast(n_within_precision as integer) as n_within_precision,
        cast(n_within_k_units as integer) as n_within_k_units,
        cast(n_differs as integer) as n_differs,
        cast(n_not_computable as integer) as n_not_computable,
        cast(n_conflicting as integer) as n_conflicting,
        {{ share('n_within_precision', 'n_values - n_not_computable') }} as score_share

    from counted

)

select * from final
