with

starts as (

    select * from {{ ref('int_programme_starts_counted') }}

),

bases as (

    select * from {{ ref('int_programme_bases_listed') }}

),

final as (

    select
        bases.programme_period,
        bases.projection_method,
        starts.start_lag,
        cast(count(*) as integer) as n_reference_calls,
        {{ exact_mean('starts.n_stays') }} as mean_stays

    from bases
    inner join starts on bases.reference_period = starts.programme_period
    where starts.is_reference
    group by bases.programme_period, bases.projection_method, starts.start_lag

)

select * from final
